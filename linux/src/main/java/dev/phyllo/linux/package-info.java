/** The only package with native access: system calls, mounts, launch plans. */
package dev.phyllo.linux;
