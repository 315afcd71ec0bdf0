package dev.phyllo.cli.run;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A server of names (RFC 1035, section 4) that has one answer for all, and who asks it: what tests
 * of UDP ports and of resolv.conf talk to.
 */
final class NameServer {
  private static final int HEADER = 12;

  private NameServer() {}

  /** {@code serve ADDRESS PORT ANSWER}, or {@code ask ADDRESS PORT}, which prints the answer. */
  public static void main(String[] words) throws Exception {
    InetSocketAddress place = new InetSocketAddress(words[1], Integer.parseInt(words[2]));
    if (words[0].equals("ask")) {
      System.out.println(ask(place));
      return;
    }
    try (DatagramSocket socket = new DatagramSocket(place)) {
      byte[] answer = InetAddress.getByName(words[3]).getAddress();
      DatagramPacket packet = new DatagramPacket(new byte[512], 512);
      while (true) {
        packet.setLength(512);
        socket.receive(packet);
        byte[] said = answer(Arrays.copyOf(packet.getData(), packet.getLength()), answer);
        socket.send(new DatagramPacket(said, said.length, packet.getSocketAddress()));
      }
    }
  }

  private static byte[] answer(byte[] question, byte[] address) {
    int at = HEADER;
    while (question[at] != 0) {
      at += question[at] + 1;
    }
    boolean ipv4 = question[at + 2] == 1;
    int end = at + 5;
    byte[] said = Arrays.copyOf(question, end + (ipv4 ? 16 : 0));
    said[2] = (byte) 0x81; // an answer, and nothing is to be asked elsewhere
    said[3] = (byte) 0x80;
    Arrays.fill(said, 6, HEADER, (byte) 0);
    if (ipv4) {
      said[7] = 1;
      byte[] record = {(byte) 0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
      System.arraycopy(record, 0, said, end, record.length);
      System.arraycopy(address, 0, said, end + record.length, 4);
    }
    return said;
  }

  private static String ask(InetSocketAddress place) throws Exception {
    byte[] question = new byte[HEADER + 10];
    question[1] = 7;
    question[5] = 1;
    question[HEADER] = 4;
    byte[] name = "test".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, question, HEADER + 1, 4);
    question[HEADER + 7] = 1;
    question[HEADER + 9] = 1;
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(1000);
      for (int tries = 0; tries < 30; tries++) {
        socket.send(new DatagramPacket(question, question.length, place));
        DatagramPacket said = new DatagramPacket(new byte[512], 512);
        try {
          socket.receive(said);
        } catch (java.io.IOException e) {
          // Nobody is there yet; refused or late.
          Thread.sleep(200);
          continue;
        }
        int end = said.getLength();
        return InetAddress.getByAddress(Arrays.copyOfRange(said.getData(), end - 4, end))
            .getHostAddress();
      }
    }
    return "no answer";
  }
}
