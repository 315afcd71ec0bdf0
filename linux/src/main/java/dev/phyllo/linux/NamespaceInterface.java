package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * An interface of a network namespace, as it is there (netdevice(7), proc_net(5)).
 *
 * @param mac its hardware address; empty if it has none
 * @param cidrs its addresses that reach beyond the link, as {@code 10.0.2.100/24}
 * @param gateways where its default routes lead, by kind of address
 */
public record NamespaceInterface(String mac, List<String> cidrs, List<String> gateways) {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int RTF_UP_GATEWAY = 3;

  /** Of routes to which nobody gave one; ip-route(8). */
  private static final int METRIC = 1024;

  private static final int SIOCADDRT = 0x890b;
  private static final int SIOCGIFINDEX = 0x8933;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | Open.CLOEXEC;
  private static final int SIOCGIFADDR = 0x8915;
  private static final int SIOCGIFNETMASK = 0x891b;
  private static final int SIOCGIFHWADDR = 0x8927;
  private static final int IFREQ = 40;
  private static final int IFNAMSIZ = 16;
  private static final int ADDRESS_AT = 20;
  private static final int MAC_AT = 18;

  /** Keeps copies. */
  public NamespaceInterface {
    cidrs = List.copyOf(cidrs);
    gateways = List.copyOf(gateways);
  }

  /**
   * Looks at one. A thread of its own joins the namespace for that and ends.
   *
   * @param namespace the file that the namespace is mounted on
   * @param name what it is called there
   */
  public static NamespaceInterface of(Path namespace, String name) {
    return within(namespace, () -> ofThisThread(Text.bytes(name)));
  }

  /**
   * Gives the namespace a default route, unless it has one of that kind.
   *
   * @param namespace the file that the namespace is mounted on
   * @param name the interface it leads through
   * @param gateway an address that is reached through it
   */
  public static void leadOut(Path namespace, String name, String gateway) {
    InetAddress address = InetAddress.ofLiteral(gateway);
    within(
        namespace,
        () -> {
          int result =
              address instanceof Inet6Address
                  ? addRoute6(Text.bytes(name), address.getAddress())
                  : addRoute4(Text.bytes(name), address.getAddress());
          if (result < 0 && result != -Errno.EEXIST) {
            throw Kernel.failure("ioctl SIOCADDRT", gateway, -result);
          }
          return address;
        });
  }

  /** {@code struct rtentry} of linux/route.h. */
  private static int addRoute4(byte[] name, byte[] gateway) {
    Memory memory = Scratch.fresh();
    long device = memory.cstring(name);
    byte[] any = Struct.of(16).i16(AF_INET).bytes();
    byte[] via = Struct.of(16).i16(AF_INET).i16(0).raw(gateway).bytes();
    Struct entry = Struct.of(120).i64(0).raw(any).raw(via).raw(any).i64(RTF_UP_GATEWAY);
    entry.i64(0).i64(0).i64(0).i64(device);
    return ask(AF_INET, SIOCADDRT, memory.bytes(entry.bytes()));
  }

  /** {@code struct in6_rtmsg} of linux/ipv6_route.h. */
  private static int addRoute6(byte[] name, byte[] gateway) {
    byte[] answer;
    long number = Kernel.call(Sys.SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    try (Fd socket = Fd.of((int) Kernel.check(number, "socket", Text.of(name)))) {
      answer = ask(socket, name, SIOCGIFINDEX);
    }
    byte[] index = Arrays.copyOfRange(answer, IFNAMSIZ, IFNAMSIZ + 4);
    Struct message = Struct.of(80).raw(new byte[32]).raw(gateway).i64(0);
    message.i64(METRIC).i64(0).i32(RTF_UP_GATEWAY).raw(index);
    return ask(AF_INET6, SIOCADDRT, Scratch.fresh().bytes(message.bytes()));
  }

  private static int ask(int family, int request, long argument) {
    long number = Kernel.call(Sys.SOCKET, family, SOCK_DGRAM_CLOEXEC, 0);
    try (Fd socket = Fd.of((int) Kernel.check(number, "socket", "a network namespace"))) {
      return (int) Kernel.call(Sys.IOCTL, socket.number(), request, argument);
    }
  }

  /** In a thread of its own, since a thread that has joined a namespace stays there. */
  static <T> T within(Path namespace, Supplier<T> work) {
    List<T> found = new ArrayList<>();
    List<RuntimeException> failure = new ArrayList<>();
    Thread thread =
        Thread.ofPlatform()
            .name("network of " + namespace)
            .start(() -> {
              try (Fd there = FileCalls.open(namespace.toString(), Open.RDONLY)) {
                long joined = Kernel.call(Sys.SETNS, there.number(), CloneFlags.NEWNET);
                Kernel.check(joined, "setns", namespace.toString());
                found.add(work.get());
              } catch (RuntimeException e) {
                failure.add(e);
              }
            });
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!failure.isEmpty()) {
      throw failure.getFirst();
    }
    return found.getFirst();
  }

  private static NamespaceInterface ofThisThread(byte[] name) {
    if (name.length >= IFNAMSIZ) {
      throw new IllegalArgumentException(Text.of(name));
    }
    List<String> cidrs = new ArrayList<>();
    List<String> gateways = new ArrayList<>();
    String mac;
    long number = Kernel.call(Sys.SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    try (Fd socket = Fd.of((int) Kernel.check(number, "socket", Text.of(name)))) {
      mac = mac(ask(socket, name, SIOCGIFHWADDR));
      byte[] address = ask(socket, name, SIOCGIFADDR);
      if (address.length > 0) {
        byte[] mask = ask(socket, name, SIOCGIFNETMASK);
        cidrs.add(ipv4(address) + "/" + bits(mask));
      }
    }
    String text = Text.of(name);
    // Not /proc/net: that is the network of the process' first thread.
    for (String line : lines("/proc/thread-self/net/route")) {
      List<String> fields = fields(line);
      if (fields.size() > 7
          && fields.getFirst().equals(text)
          && fields.get(1).equals("00000000")
          && fields.get(7).equals("00000000")) {
        int gateway = Integer.reverseBytes(Integer.parseUnsignedInt(fields.get(2), 16));
        gateways.add(ipv4(gateway));
        break;
      }
    }
    for (String line : lines("/proc/thread-self/net/if_inet6")) {
      List<String> fields = fields(line);
      if (fields.size() > 5 && fields.get(5).equals(text) && fields.get(3).equals("00")) {
        cidrs.add(ipv6(fields.getFirst()) + "/" + Integer.parseInt(fields.get(2), 16));
      }
    }
    for (String line : lines("/proc/thread-self/net/ipv6_route")) {
      List<String> fields = fields(line);
      if (fields.size() > 9
          && fields.get(9).equals(text)
          && fields.get(1).equals("00")
          && !ipv6(fields.get(4)).equals("::")) {
        gateways.add(ipv6(fields.get(4)));
        break;
      }
    }
    return new NamespaceInterface(mac, cidrs, gateways);
  }

  /** The answer's structure; empty if the interface has no such thing. */
  private static byte[] ask(Fd socket, byte[] name, int request) {
    Memory memory = Scratch.fresh();
    byte[] question = new byte[IFREQ];
    System.arraycopy(name, 0, question, 0, name.length);
    long at = memory.bytes(question);
    long result = Kernel.call(Sys.IOCTL, socket.number(), request, at);
    if (result == -Errno.EADDRNOTAVAIL) {
      return new byte[0];
    }
    Kernel.check(result, "ioctl", Text.of(name));
    return memory.get(at, IFREQ);
  }

  private static String mac(byte[] answer) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 6 && answer.length > 0; i++) {
      int octet = answer[MAC_AT + i] & 255;
      text.append(i == 0 ? "" : ":").append(Character.forDigit(octet >> 4, 16));
      text.append(Character.forDigit(octet & 15, 16));
    }
    return text.toString();
  }

  private static String ipv4(byte[] answer) {
    int address = 0;
    for (int i = 0; i < 4; i++) {
      address = address << 8 | answer[ADDRESS_AT + i] & 255;
    }
    return ipv4(address);
  }

  private static String ipv4(int a) {
    return (a >>> 24) + "." + (a >> 16 & 255) + "." + (a >> 8 & 255) + "." + (a & 255);
  }

  private static int bits(byte[] answer) {
    int bits = 0;
    for (int i = 0; i < 4 && answer.length > 0; i++) {
      bits += Integer.bitCount(answer[ADDRESS_AT + i] & 255);
    }
    return bits;
  }

  /** RFC 5952: 32 hexadecimal digits as people write them. */
  static String ipv6(String digits) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = Integer.parseInt(digits.substring(4 * i, 4 * i + 4), 16);
    }
    return Ipv6Text.of(groups);
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= line.length(); i++) {
      if (i == line.length() || line.charAt(i) == ' ' || line.charAt(i) == '\t') {
        if (i > from) {
          fields.add(line.substring(from, i));
        }
        from = i + 1;
      }
    }
    return fields;
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1);
    } catch (java.nio.file.NoSuchFileException _) {
      return List.of(); // a kernel without IPv6
    } catch (IOException e) {
      throw new SystemException(file, e);
    }
  }
}
