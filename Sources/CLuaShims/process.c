// What the kernel takes from the process: see TimegateProcess.h.
#define _GNU_SOURCE
#include "TimegateProcess.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool timegate_process_forbid_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

bool timegate_process_forbid_inspection(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; }

bool timegate_process_end_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0; }

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef OWN_ARCHITECTURE

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
// The low half of an argument: all flags below are there, on machines that keep the low byte first.
#define LOAD_ARGUMENT(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[index]))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define FAIL(error) (SECCOMP_RET_ERRNO | ((error) & SECCOMP_RET_DATA))
// For the call of this number, what follows it by one statement; for every other, what comes after that.
#define IF_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##number, 0, 1)
#define END_AT(number) IF_CALL(number), ANSWER(SECCOMP_RET_KILL_PROCESS)
#define FAIL_AT(number, error) IF_CALL(number), ANSWER(FAIL(error))

static struct sock_filter refused[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
#ifdef __x86_64__
    // The x32 calls have numbers of their own, which no line below would find.
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
#endif

    // Another program, another process. A thread is made by clone with CLONE_THREAD; clone3 keeps its flags in memory that
    // a filter cannot read, and libc takes clone where there is no clone3.
    END_AT(execve),
    END_AT(execveat),
#ifdef __NR_fork
    END_AT(fork),
    END_AT(vfork),
#endif
    FAIL_AT(clone3, ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
    LOAD_ARGUMENT(0),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    ANSWER(SECCOMP_RET_ALLOW),

    // Another listener. (bind stays: libc asks the kernel for addresses over a netlink socket that it binds.)
    END_AT(listen),

    // Other processes.
    END_AT(ptrace),
    END_AT(process_vm_readv),
    END_AT(process_vm_writev),
    END_AT(kcmp),
    END_AT(pidfd_getfd),

    // The system.
    END_AT(mount),
    END_AT(umount2),
    END_AT(pivot_root),
    END_AT(chroot),
    END_AT(setns),
    END_AT(unshare),
    END_AT(open_by_handle_at),
    END_AT(bpf),
    END_AT(perf_event_open),
    END_AT(userfaultfd),
    END_AT(init_module),
    END_AT(finit_module),
    END_AT(delete_module),
    END_AT(kexec_load),
    END_AT(reboot),
    END_AT(swapon),
    END_AT(swapoff),
    END_AT(add_key),
    END_AT(request_key),
    END_AT(keyctl),
    // Calls through a ring are seen by no filter. A library that finds none takes the usual ones.
    FAIL_AT(io_uring_setup, ENOSYS),
    FAIL_AT(io_uring_enter, ENOSYS),
    FAIL_AT(io_uring_register, ENOSYS),

    // Code: only what a file holds becomes executable (a library that libc loads for names of hosts), and nothing that can
    // be written.
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 9),
    LOAD_ARGUMENT(2),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_WRITE, 0, 1),
    ANSWER(FAIL(EACCES)),
    LOAD_ARGUMENT(3),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1),
    ANSWER(FAIL(EACCES)),
    ANSWER(SECCOMP_RET_ALLOW),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_pkey_mprotect, 0, 3),
    LOAD_ARGUMENT(2),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
    ANSWER(FAIL(EACCES)),

    ANSWER(SECCOMP_RET_ALLOW),
};

int timegate_process_confine(void) {
    if (!timegate_process_forbid_privileges()) return errno;
    const struct sock_fprog program = {sizeof(refused) / sizeof(refused[0]), refused};
    // TSYNC: threads that run already get the filter too, and with it that they gain no privileges.
    const long outcome = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    // A positive number is a thread that has another filter of its own.
    return outcome == 0 ? 0 : outcome > 0 ? EBUSY : errno;
}

#else

int timegate_process_confine(void) { return ENOSYS; }

#endif
