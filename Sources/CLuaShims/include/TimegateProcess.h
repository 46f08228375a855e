// The process that scripts run in: what the kernel takes from it, so that a way out of a script through a fault of memory
// leads nowhere. prctl and seccomp are variadic or have no wrapper in libc, so that Swift cannot call them.
#ifndef TIMEGATE_PROCESS_H
#define TIMEGATE_PROCESS_H

#include <stdbool.h>

/// No program that this thread, or what it starts from here on, runs gets more rights than this one has: set-user-ID bits
/// and file capabilities mean nothing. Threads that run already keep theirs.
bool timegate_process_forbid_privileges(void);

/// No core file, no debugger of the same user, and /proc/PID/environ and /proc/PID/mem belong to root.
bool timegate_process_forbid_inspection(void);

/// The kernel ends this process with SIGKILL when the thread that started it ends.
bool timegate_process_end_with_parent(void);

/// Takes from every thread, for good, what a gateway never does once it serves: to start a program or a process, to listen,
/// to look into other processes, to mount, to load kernel code, to make memory executable.
///
/// The kernel ends the process with SIGSYS at the first try, except where a library may try and go on without.
///
/// @return 0, or errno: EINVAL where the kernel has no seccomp filters, ENOSYS on a machine that this list is not for.
int timegate_process_confine(void);

#endif
