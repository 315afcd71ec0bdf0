package dev.phyllo.architecture;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Calls of the JDK that Phyllo does not make, each with its reason and with the classes that may
 * all the same: {@code banned-calls.txt}, whose head explains its lines.
 */
final class BannedCalls {
  private record Ban(String target, List<String> exceptions, String reason) {
    /** {@code java.lang.foreign.} a package, {@code java.io.File} a class, {@code X#m} a method. */
    boolean covers(AccessTarget.CodeUnitAccessTarget call) {
      String owner = call.getOwner().getName();
      if (target.endsWith(".")) {
        return owner.startsWith(target);
      }
      int hash = target.indexOf('#');
      if (hash < 0) {
        return owner.equals(target);
      }
      if (!owner.equals(target.substring(0, hash))) {
        return false;
      }
      String method = target.substring(hash + 1);
      int open = method.indexOf('(');
      if (open < 0) {
        return call.getName().equals(method);
      }
      List<String> types = new ArrayList<>();
      call.getRawParameterTypes().forEach(type -> types.add(type.getName()));
      return call.getName().equals(method.substring(0, open))
          && String.join(",", types).equals(method.substring(open + 1, method.length() - 1));
    }

    boolean allows(JavaClass caller) {
      return exceptions.stream().anyMatch(prefix -> caller.getName().startsWith(prefix));
    }
  }

  private final List<Ban> bans;

  private BannedCalls(List<Ban> bans) {
    this.bans = bans;
  }

  static BannedCalls read() throws IOException {
    List<Ban> bans = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(BannedCalls.class.getResourceAsStream("banned-calls.txt"))) {
      String reason = "";
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (line.startsWith("@")) {
          reason = line.substring(1).strip();
        } else if (!line.isBlank() && !line.startsWith("#")) {
          List<String> words = List.of(line.strip().split(" +"));
          bans.add(
              new Ban(
                  words.getFirst(),
                  words.size() > 1 ? words.subList(2, words.size()) : List.of(),
                  reason));
        }
      }
    }
    return new BannedCalls(bans);
  }

  /** Every banned call in these classes: who calls what, and why not. */
  SortedSet<String> in(Iterable<JavaClass> classes) {
    SortedSet<String> found = new TreeSet<>();
    for (JavaClass type : classes) {
      List<JavaCodeUnitAccess<?>> calls = new ArrayList<>(type.getCodeUnitCallsFromSelf());
      calls.addAll(type.getCodeUnitReferencesFromSelf());
      for (JavaCodeUnitAccess<?> call : calls) {
        for (Ban ban : bans) {
          if (ban.covers(call.getTarget()) && !ban.allows(type)) {
            found.add(call.getDescription() + ": " + ban.reason());
          }
        }
      }
    }
    return found;
  }
}
