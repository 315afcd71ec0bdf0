/** The only module with native access: system calls, mounts, launch plans. */
@org.jspecify.annotations.NullMarked
module dev.phyllo.linux {
  requires static transitive org.jspecify;
  requires transitive dev.phyllo.oci;

  exports dev.phyllo.linux;
  exports dev.phyllo.linux.cgroup;
  exports dev.phyllo.linux.seccomp;
}
