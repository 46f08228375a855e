# The secrets of the quickstart: what the simulators accept, and a key of your own gateway. Use it with: . ./environment.sh
export SONDERPLAN_TOKEN=sonderplan-example-token
export PLANNR_TOKEN=plannr-example-token
export AWORK_TOKEN=awork-example-token
export HOURSMITH_TOKEN=hsk_test_0123456789ab_0123456789abcdef0123456789abcdef
export PRODUCTIVE_TOKEN=00000000-0000-4000-8000-0123456789ab
export TIMEGATE_KEY=tgk_an-example-key-for-the-quickstart-only
