package dev.phyllo.linux;

/**
 * System call numbers, for x86-64 and for aarch64 (which uses the kernel's generic table).
 *
 * <p>Only calls that both have are used anywhere: there is no open, mkdir, pipe or dup2 on aarch64,
 * so it is openat2(2), mkdirat(2), pipe2(2) and dup3(2) everywhere. See syscalls(2). Numbers from
 * 424 on are the same on every architecture.
 */
public final class Sys {
  private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

  /** bpf(2). */
  public static final int BPF = ARM ? 280 : 321;

  /** accept4(2). */
  public static final int ACCEPT4 = ARM ? 242 : 288;

  /** bind(2). */
  public static final int BIND = ARM ? 200 : 49;

  /** capget(2). */
  public static final int CAPGET = ARM ? 90 : 125;

  /** capset(2). */
  public static final int CAPSET = ARM ? 91 : 126;

  /** chdir(2). */
  public static final int CHDIR = ARM ? 49 : 80;

  /** chroot(2). */
  public static final int CHROOT = ARM ? 51 : 161;

  /** clock_gettime(2). */
  public static final int CLOCK_GETTIME = ARM ? 113 : 228;

  /** clone(2), of which the order of arguments differs, but not the first two. */
  public static final int CLONE = ARM ? 220 : 56;

  /** clone3(2). */
  public static final int CLONE3 = 435;

  /** close(2). */
  public static final int CLOSE = ARM ? 57 : 3;

  /** close_range(2). */
  public static final int CLOSE_RANGE = 436;

  /** connect(2). */
  public static final int CONNECT = ARM ? 203 : 42;

  /** copy_file_range(2). */
  public static final int COPY_FILE_RANGE = ARM ? 285 : 326;

  /** dup(2). */
  public static final int DUP = ARM ? 23 : 32;

  /** dup3(2). */
  public static final int DUP3 = ARM ? 24 : 292;

  /** execve(2). */
  public static final int EXECVE = ARM ? 221 : 59;

  /** execveat(2). */
  public static final int EXECVEAT = ARM ? 281 : 322;

  /** exit_group(2). */
  public static final int EXIT_GROUP = ARM ? 94 : 231;

  /** faccessat2(2). */
  public static final int FACCESSAT2 = 439;

  /** fallocate(2). */
  public static final int FALLOCATE = ARM ? 47 : 285;

  /** fchdir(2). */
  public static final int FCHDIR = ARM ? 50 : 81;

  /** fchmod(2). */
  public static final int FCHMOD = ARM ? 52 : 91;

  /** fchmodat(2). */
  public static final int FCHMODAT = ARM ? 53 : 268;

  /** fchmodat2(2). */
  public static final int FCHMODAT2 = 452;

  /** fchown(2). */
  public static final int FCHOWN = ARM ? 55 : 93;

  /** fchownat(2). */
  public static final int FCHOWNAT = ARM ? 54 : 260;

  /** fcntl(2). */
  public static final int FCNTL = ARM ? 25 : 72;

  /** fdatasync(2). */
  public static final int FDATASYNC = ARM ? 83 : 75;

  /** fgetxattr(2). */
  public static final int FGETXATTR = ARM ? 10 : 193;

  /** flistxattr(2). */
  public static final int FLISTXATTR = ARM ? 13 : 196;

  /** fremovexattr(2). */
  public static final int FREMOVEXATTR = ARM ? 16 : 199;

  /** fsconfig(2). */
  public static final int FSCONFIG = 431;

  /** fsetxattr(2). */
  public static final int FSETXATTR = ARM ? 7 : 190;

  /** fsmount(2). */
  public static final int FSMOUNT = 432;

  /** fsopen(2). */
  public static final int FSOPEN = 430;

  /** fspick(2). */
  public static final int FSPICK = 433;

  /** fstatfs(2). */
  public static final int FSTATFS = ARM ? 44 : 138;

  /** fsync(2). */
  public static final int FSYNC = ARM ? 82 : 74;

  /** ftruncate(2). */
  public static final int FTRUNCATE = ARM ? 46 : 77;

  /** getdents64(2). */
  public static final int GETDENTS64 = ARM ? 61 : 217;

  /** getegid(2). */
  public static final int GETEGID = ARM ? 177 : 108;

  /** geteuid(2). */
  public static final int GETEUID = ARM ? 175 : 107;

  /** getgid(2). */
  public static final int GETGID = ARM ? 176 : 104;

  /** getpid(2). */
  public static final int GETPID = ARM ? 172 : 39;

  /** getppid(2). */
  public static final int GETPPID = ARM ? 173 : 110;

  /** gettid(2). */
  public static final int GETTID = ARM ? 178 : 186;

  /** getsockopt(2). */
  public static final int GETSOCKOPT = ARM ? 209 : 55;

  /** getuid(2). */
  public static final int GETUID = ARM ? 174 : 102;

  /** getxattrat(2). */
  public static final int GETXATTRAT = 464;

  /** inotify_add_watch(2). */
  public static final int INOTIFY_ADD_WATCH = ARM ? 27 : 254;

  /** inotify_init1(2). */
  public static final int INOTIFY_INIT1 = ARM ? 26 : 294;

  /** inotify_rm_watch(2). */
  public static final int INOTIFY_RM_WATCH = ARM ? 28 : 255;

  /** ioctl(2). */
  public static final int IOCTL = ARM ? 29 : 16;

  /** kill(2). */
  public static final int KILL = ARM ? 129 : 62;

  /** lgetxattr(2). */
  public static final int LGETXATTR = ARM ? 9 : 192;

  /** linkat(2). */
  public static final int LINKAT = ARM ? 37 : 265;

  /** listen(2). */
  public static final int LISTEN = ARM ? 201 : 50;

  /** listxattrat(2). */
  public static final int LISTXATTRAT = 465;

  /** llistxattr(2). */
  public static final int LLISTXATTR = ARM ? 12 : 195;

  /** lremovexattr(2). */
  public static final int LREMOVEXATTR = ARM ? 15 : 198;

  /** lseek(2). */
  public static final int LSEEK = ARM ? 62 : 8;

  /** lsetxattr(2). */
  public static final int LSETXATTR = ARM ? 6 : 189;

  /** memfd_create(2). */
  public static final int MEMFD_CREATE = ARM ? 279 : 319;

  /** mkdirat(2). */
  public static final int MKDIRAT = ARM ? 34 : 258;

  /** mknodat(2). */
  public static final int MKNODAT = ARM ? 33 : 259;

  /** mount(2). */
  public static final int MOUNT = ARM ? 40 : 165;

  /** mount_setattr(2). */
  public static final int MOUNT_SETATTR = 442;

  /** move_mount(2). */
  public static final int MOVE_MOUNT = 429;

  /** open_tree(2). */
  public static final int OPEN_TREE = 428;

  /** openat2(2). */
  public static final int OPENAT2 = 437;

  /** pidfd_getfd(2). */
  public static final int PIDFD_GETFD = 438;

  /** pidfd_open(2). */
  public static final int PIDFD_OPEN = 434;

  /** pidfd_send_signal(2). */
  public static final int PIDFD_SEND_SIGNAL = 424;

  /** pipe2(2). */
  public static final int PIPE2 = ARM ? 59 : 293;

  /** pivot_root(2). */
  public static final int PIVOT_ROOT = ARM ? 41 : 155;

  /** ppoll(2). */
  public static final int PPOLL = ARM ? 73 : 271;

  /** prctl(2). */
  public static final int PRCTL = ARM ? 167 : 157;

  /** pread64(2). */
  public static final int PREAD64 = ARM ? 67 : 17;

  /** prlimit64(2). */
  public static final int PRLIMIT64 = ARM ? 261 : 302;

  /** pwrite64(2). */
  public static final int PWRITE64 = ARM ? 68 : 18;

  /** read(2). */
  public static final int READ = ARM ? 63 : 0;

  /** recvfrom(2). */
  public static final int RECVFROM = ARM ? 207 : 45;

  /** readlinkat(2). */
  public static final int READLINKAT = ARM ? 78 : 267;

  /** removexattrat(2). */
  public static final int REMOVEXATTRAT = 466;

  /** renameat2(2). */
  public static final int RENAMEAT2 = ARM ? 276 : 316;

  /** rt_sigaction(2). */
  public static final int RT_SIGACTION = ARM ? 134 : 13;

  /** rt_sigprocmask(2). */
  public static final int RT_SIGPROCMASK = ARM ? 135 : 14;

  /** rt_sigreturn(2). */
  public static final int RT_SIGRETURN = ARM ? 139 : 15;

  /** sendto(2). */
  public static final int SENDTO = ARM ? 206 : 44;

  /** seccomp(2). */
  public static final int SECCOMP = ARM ? 277 : 317;

  /** setdomainname(2). */
  public static final int SETDOMAINNAME = ARM ? 162 : 171;

  /** setgroups(2). */
  public static final int SETGROUPS = ARM ? 159 : 116;

  /** sethostname(2). */
  public static final int SETHOSTNAME = ARM ? 161 : 170;

  /** setns(2). */
  public static final int SETNS = ARM ? 268 : 308;

  /** setpgid(2). */
  public static final int SETPGID = ARM ? 154 : 109;

  /** setresgid(2). */
  public static final int SETRESGID = ARM ? 149 : 119;

  /** setfsgid(2). */
  public static final int SETFSGID = ARM ? 152 : 123;

  /** setfsuid(2). */
  public static final int SETFSUID = ARM ? 151 : 122;

  /** setresuid(2). */
  public static final int SETRESUID = ARM ? 147 : 117;

  /** setsid(2). */
  public static final int SETSID = ARM ? 157 : 112;

  /** setxattrat(2). */
  public static final int SETXATTRAT = 463;

  /** socket(2). */
  public static final int SOCKET = ARM ? 198 : 41;

  /** statx(2). */
  public static final int STATX = ARM ? 291 : 332;

  /** symlinkat(2). */
  public static final int SYMLINKAT = ARM ? 36 : 266;

  /** syncfs(2). */
  public static final int SYNCFS = ARM ? 267 : 306;

  /** umask(2). */
  public static final int UMASK = ARM ? 166 : 95;

  /** umount2(2). */
  public static final int UMOUNT2 = ARM ? 39 : 166;

  /** unlinkat(2). */
  public static final int UNLINKAT = ARM ? 35 : 263;

  /** unshare(2). */
  public static final int UNSHARE = ARM ? 97 : 272;

  /** utimensat(2). */
  public static final int UTIMENSAT = ARM ? 88 : 280;

  /** wait4(2). */
  public static final int WAIT4 = ARM ? 260 : 61;

  /** write(2). */
  public static final int WRITE = ARM ? 64 : 1;

  private Sys() {}

  /** Whether this is aarch64: some flags of open(2) differ there. */
  static boolean isArm() {
    return ARM;
  }
}
