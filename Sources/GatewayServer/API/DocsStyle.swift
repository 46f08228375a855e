extension Docs {
    /// The page's style: one column of contents and one of text, or one above the other where there is no room.
    static let style = #"""
        :root {
          color-scheme: light dark;
          --back: #fff; --panel: #f5f6f8; --line: #d9dce1; --text: #1b1f24; --soft: #57606a; --link: #0b57b7;
          --get: #0b6e4f; --post: #0b57b7; --patch: #8a5a00; --put: #6b3fa0; --delete: #b3261e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #14171b; --panel: #1c2026; --line: #343a42; --text: #e6e9ed; --soft: #a2abb6; --link: #7fb3ff;
            --get: #5fd0a5; --post: #7fb3ff; --patch: #e5b567; --put: #c6a3f5; --delete: #ff8a80;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 4.5rem; }
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        a { color: var(--link); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        main:focus { outline: none; }
        code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; }
        code { overflow-wrap: anywhere; }
        .skip { position: absolute; left: -99rem; }
        .skip:focus { left: .5rem; top: .5rem; background: var(--back); padding: .5rem; z-index: 3; }
        header {
          position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center;
          padding: .6rem 1rem; background: var(--back); border-bottom: 1px solid var(--line);
        }
        h1 { font-size: 1.15rem; margin: 0; }
        h1 span { color: var(--soft); font-weight: normal; }
        .find { flex: 1 1 12rem; display: flex; gap: .5rem; align-items: center; max-width: 30rem; }
        .find span { color: var(--soft); }
        input {
          flex: 1; min-width: 0; font: inherit; padding: .25rem .5rem; color: inherit; background: var(--panel);
          border: 1px solid var(--line); border-radius: .3rem;
        }
        .columns { display: grid; grid-template-columns: 19rem minmax(0, 58rem); gap: 2rem; padding: 0 1rem; }
        nav {
          position: sticky; top: 3.6rem; align-self: start; max-height: calc(100vh - 3.6rem); overflow: auto;
          padding: 1rem 0;
        }
        nav summary { display: none; }
        nav h2 {
          font-size: .8rem; margin: 1rem 0 .25rem; color: var(--soft); text-transform: uppercase; letter-spacing: .04em;
        }
        nav h2:first-child { margin-top: 0; }
        nav ul { list-style: none; margin: 0; padding: 0; }
        nav a { display: block; padding: .15rem .25rem; text-decoration: none; color: inherit; border-radius: .25rem; }
        nav a:hover { background: var(--panel); }
        nav a:has(.method) { display: grid; grid-template-columns: 3.9rem minmax(0, 1fr); align-items: baseline; }
        main { padding: 1rem 0 6rem; }
        h2 { margin: 2.5rem 0 .5rem; font-size: 1.35rem; }
        main > h2:first-child { margin-top: .25rem; }
        h3 { margin: 0; font-size: 1.1rem; }
        h4 { margin: 1.25rem 0 .4rem; font-size: .95rem; }
        .operation { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
        .address { margin: .35rem 0 .5rem; }
        .method { display: inline-block; min-width: 4rem; font-weight: 600; font-size: .8rem; letter-spacing: .03em; }
        nav .method { min-width: 0; font-size: .7rem; }
        .get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); }
        .put { color: var(--put); } .delete { color: var(--delete); }
        .soft { color: var(--soft); }
        .tag {
          border: 1px solid var(--line); border-radius: .25rem; padding: 0 .3rem; font-size: .75rem; color: var(--soft);
          white-space: nowrap;
        }
        .need { color: var(--delete); border-color: currentColor; }
        dl { margin: 0; }
        dl > div {
          display: grid; grid-template-columns: minmax(0, 14rem) minmax(0, 1fr); gap: .15rem 1rem; padding: .45rem 0;
          border-top: 1px solid var(--line);
        }
        dd { margin: 0; }
        dt { overflow-wrap: anywhere; }
        dt .tag { margin-left: .3rem; }
        p { margin: .4rem 0; overflow-wrap: anywhere; }
        ul.text { margin: .4rem 0; padding-left: 1.2rem; }
        details.box { border: 1px solid var(--line); border-radius: .35rem; margin: .4rem 0; }
        details.box > summary { padding: .4rem .6rem; cursor: pointer; overflow-wrap: anywhere; }
        details.box > summary p { display: inline; }
        details.box[open] > summary { border-bottom: 1px solid var(--line); }
        details.box > .inside { padding: .4rem .6rem .6rem; }
        .inside > dl > div:first-child, dl.first > div:first-child { border-top: 0; }
        .status { font-weight: 600; margin-right: .4rem; }
        .code { position: relative; }
        pre {
          margin: .3rem 0; padding: .7rem; background: var(--panel); border-radius: .35rem; overflow: auto;
          max-height: 28rem;
        }
        .code button {
          position: absolute; top: .4rem; right: .4rem; font: inherit; font-size: .75rem; cursor: pointer;
          color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .25rem;
        }
        [hidden] { display: none !important; }
        @media (max-width: 60rem) {
          .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
          nav { position: static; max-height: none; padding: .75rem 0 0; }
          nav summary { display: list-item; cursor: pointer; padding: .4rem 0; }
          header { position: static; }
          html { scroll-padding-top: .5rem; }
          main { padding-top: .25rem; }
        }
        @media (max-width: 36rem) {
          dl > div { grid-template-columns: minmax(0, 1fr); }
          .operation { padding: .75rem; }
        }
        """#
}
