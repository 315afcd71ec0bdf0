package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Network namespaces that have a name: a file on which the namespace is mounted, as ip-netns(8)
 * does. One lives as long as that mount, whoever made it, and whether or not a process is in it.
 */
public final class NetworkNamespace {
  private static final long NSFS_MAGIC = 0x6e736673;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | Open.CLOEXEC;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int SIOCBRDELBR = 0x89a1;
  private static final int IFREQ = 40;
  private static final int IFNAMSIZ = 16;

  private NetworkNamespace() {}

  /**
   * Makes a namespace with nothing but its loopback interface, which is up. As in docker's, anyone
   * inside may listen on low ports and send echo requests.
   *
   * @param place where the file is made
   */
  public static void create(Path place, StepListener steps) {
    makeFile(place);
    Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWNET);
    prepare(plan);
    plan.mount("/proc/self/ns/net", place.toString(), null, MountFlags.MS_BIND, null);
    plan.exit(0);
    try (Child child = Launcher.launch(plan.build(), steps)) {
      child.waitFor();
    }
  }

  /** Adds what {@link #create} does inside a new namespace to a plan that has one of its own. */
  public static void prepare(Plan.Builder plan) {
    ProcessRecipes.loopbackUp(plan);
    setting(plan, "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    setting(plan, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
    // Nobody else has its addresses, and looking whether somebody does takes seconds.
    setting(plan, "/proc/sys/net/ipv6/conf/default/accept_dad", "0");
  }

  /**
   * Gives the namespace of a process a name.
   *
   * @param place where the file is made
   * @param pid the process
   */
  public static void name(Path place, int pid) {
    makeFile(place);
    byte[] source = Text.bytes("/proc/" + pid + "/ns/net");
    Mounts.mount(source, Text.bytes(place.toString()), null, MountFlags.MS_BIND, null);
  }

  private static void makeFile(Path place) {
    try {
      Files.createFile(place);
    } catch (FileAlreadyExistsException _) {
      // Of a start that was interrupted; what was mounted there has been released.
    } catch (IOException e) {
      throw new SystemException(place.toString(), e);
    }
  }

  private static void setting(Plan.Builder plan, String file, String value) {
    Arg open = plan.openat2(Arg.CWD, Text.bytes(file), Open.WRONLY, 0, 0);
    plan.tolerate(Errno.ENOENT, Errno.EACCES, Errno.EROFS, Errno.EPERM).skipOnError(2);
    plan.write(open, Text.bytes(value));
    plan.tolerate(Errno.EINVAL, Errno.EPERM);
    plan.close(open);
  }

  /** Whether a file is one that a namespace is mounted on. */
  public static boolean isMounted(Path place) {
    int opened = FileCalls.tryOpenat2(Fd.CWD, Text.bytes(place.toString()), Open.RDONLY, 0, 0);
    if (opened < 0) {
      return false;
    }
    try (Fd file = Fd.of(opened)) {
      return FileData.fileSystemType(file) == NSFS_MAGIC;
    }
  }

  /** Takes a namespace's name from it; nothing happens if there is none. */
  public static void remove(Path place) {
    byte[] target = Text.bytes(place.toString());
    int flags = MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW;
    int result = 0;
    while (result == 0) { // an interrupted start may have been followed by another
      result = Mounts.tryUmount(target, flags);
    }
    if (result != -Errno.EINVAL && result != -Errno.ENOENT) {
      throw Kernel.failure("umount2", place.toString(), -result);
    }
    try {
      Files.deleteIfExists(place);
    } catch (IOException e) {
      throw new SystemException(place.toString(), e);
    }
  }

  /** Removes a bridge from the namespace of that name; nothing happens without one. */
  public static void removeBridge(Path place, String name) {
    NamespaceInterface.within(
        place,
        () -> {
          removeBridge(name);
          return name;
        });
  }

  /** Removes a bridge from the network namespace of this process; nothing happens without one. */
  public static void removeBridge(String name) {
    byte[] bytes = Text.bytes(name);
    if (bytes.length >= IFNAMSIZ) {
      throw new IllegalArgumentException(name);
    }
    long number = Kernel.call(Sys.SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    try (Fd socket = Fd.of((int) Kernel.check(number, "socket", name))) {
      byte[] request = new byte[IFREQ];
      System.arraycopy(bytes, 0, request, 0, bytes.length);
      // All flags off: only a bridge that is down can be deleted.
      long down = Scratch.fresh().bytes(request);
      Kernel.call(Sys.IOCTL, socket.number(), SIOCSIFFLAGS, down);
      long text = Scratch.fresh().cstring(bytes);
      long result = Kernel.call(Sys.IOCTL, socket.number(), SIOCBRDELBR, text);
      if (result < 0 && result != -Errno.ENXIO && result != -Errno.ENODEV) {
        throw Kernel.failure("ioctl SIOCBRDELBR", name, (int) -result);
      }
    }
  }
}
