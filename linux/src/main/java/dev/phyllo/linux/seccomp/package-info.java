/** Which system calls a container has: profiles, and their form in the kernel; seccomp(2). */
@org.jspecify.annotations.NullMarked
package dev.phyllo.linux.seccomp;
