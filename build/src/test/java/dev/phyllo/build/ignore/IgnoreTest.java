package dev.phyllo.build.ignore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IgnoreTest {
  private static Ignore parse(String text) {
    return IgnoreFile.parse(text.getBytes(StandardCharsets.UTF_8), ".dockerignore");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '^',
      value = {
        "** file true",
        "** a/file true",
        "**/ file true",
        "**/** a/b true",
        "a/** a false",
        "a/** a/b true",
        "a/** a/b/c true",
        "a** abc/d true",
        "a/**/b a/b true",
        "a/**/b a/x/y/b true",
        "a/**/b a/x/yb false",
        "a**b a/xb false",
        "a**b ax/b true",
        "a**b ab true",
        "**/b b true",
        "**/b a/b true",
        "**/b ab false",
        "**b ab true",
        "**.go a/x.go true",
        "**/*.go a/x.go true",
        "**/*.go x.go true",
        "*.go a/x.go false",
        "*/x a/x true",
        "*/x a/b/x false",
        "a?c abc true",
        "a?c a/c false",
        "a[x-z]c ayc true",
        "a[x-z]c abc false",
        "a[^x-z]c abc true",
        "a[^x-z]c a/c false",
        "a[\\]]c a]c true",
        "a]c a]c true",
        "a\\*c a*c true",
        "a\\*c abc false",
        "a.c abc false",
        "a+(c)|{$ a+(c)|{$ true",
        "/a a true",
        "a/ a true",
        "a/ a/b/c true",
        "./a//b/../c a/c true",
        "../a a false",
        "/ a false",
        ". a false",
        "dir dir/a true",
        "dir dirs false",
        "d*r/x dir/x/y true",
        "? \ud83d\ude00 true",
        "caf? café true",
        "A a false"
      })
  void patternsMatchPaths(String pattern, String path, boolean excluded) {
    assertEquals(excluded, parse(pattern).excludes(path), pattern + " " + path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '^',
      value = {
        "*,!a a false",
        "*,!a a/b false",
        "*,!a b true",
        "a,!a/b a true",
        "a,!a/b a/b/c false",
        "a,!a/b,a/b/c a/b/c true",
        "a,!a/b,a a/b true",
        "!a,a a true",
        "*.md,!README*.md,README-secret.md README-secret.md true",
        "*.md,!README*.md,README-secret.md README.md false",
        "**,!**/keep x/y/keep false",
        "dir,!/dir/a dir/a false",
        "dir,!dir/./a/ dir/a false"
      })
  void theLastPatternThatMatchesCounts(String patterns, String path, boolean excluded) {
    assertEquals(excluded, parse(patterns.replace(',', '\n')).excludes(path), patterns);
  }

  @Test
  void commentsBlanksAndMarksAreReadAsTheyAre() {
    Ignore ignore = parse("\ufeff# a\n\n  b  \r\n #c\n! d\n\t\ne #f");
    assertEquals("[b, #c, !d, e #f]", ignore.toString());
    assertTrue(ignore.hasExceptions());
    assertFalse(ignore.isEmpty());
    assertTrue(parse("").isEmpty());
    assertFalse(Ignore.NOTHING.excludes("a"));
    assertEquals("[#a]", Ignore.of(List.of("#a")).toString(), "a flag has no comments");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '^',
      value = {"! !", "[a [", "[] empty", "[-a] empty", "[a-] empty", "a\\ \\", "[a\\ \\"})
  void malformedPatternsAreRefusedWithTheirLine(String pattern, String why) {
    InvalidException e = assertThrows(InvalidException.class, () -> parse("x\n" + pattern));
    assertEquals(".dockerignore:2", e.thing());
    assertTrue(e.why().contains(why), e.getMessage());
  }

  @Test
  void tooMuchIsRefused() {
    assertThrows(InvalidException.class, () -> parse("a".repeat(5000)));
    assertThrows(InvalidException.class, () -> parse("a\n".repeat(10_001)));
    assertThrows(
        InvalidException.class, () -> IgnoreFile.parse(new byte[IgnoreFile.MAX_BYTES + 1], "x"));
  }

  @Test
  void theFileOfTheContainerfileComesFirst() {
    assertEquals(
        List.of(
            "web.Containerfile.dockerignore",
            "web.Containerfile.containerignore",
            ".containerignore",
            ".dockerignore"),
        IgnoreFile.candidates("web.Containerfile").stream()
            .map(IgnoreFile.Candidate::name)
            .toList());
  }

  @Test
  void directoriesInWhichNothingIsWantedArePruned() {
    Ignore ignore = parse("node_modules\nout\n!out/keep/**\n!*.md\n**/tmp");
    assertTrue(ignore.root().child("node_modules").isPruned());
    assertFalse(ignore.root().child("out").isPruned());
    assertTrue(ignore.root().child("out").inside().child("other").isPruned());
    Ignore.Child keep = ignore.root().child("out").inside().child("keep");
    assertTrue(keep.excluded());
    assertFalse(keep.isPruned());
    assertFalse(keep.inside().child("x").excluded());
    assertTrue(keep.inside().child("tmp").isPruned());
    assertFalse(ignore.root().child("a.md").excluded());
    assertTrue(ignore.prunes("node_modules/x"));
    assertFalse(ignore.prunes("out"));
    assertFalse(ignore.prunes(""));
  }

  @Test
  void longPatternsMatchAsShortOnesDo() {
    String name = "0123456789".repeat(9);
    assertTrue(parse("*/" + name + "?").excludes("a/" + name + "x"));
    assertFalse(parse("*/" + name + "?").excludes("a/" + name));
    assertTrue(parse("**/" + name + "/*b").excludes("x/y/" + name + "/ab/c"));
    assertTrue(
        parse(name + "/" + name + "\n!" + name + "/" + name + "/x")
            .prunes(name + "/" + name + "/y"));
  }

  private static final String[] PARTS = {
    "a", "b", "ab", "*", "**", "?", "a*", "*b", "**b", "a**", "a**b", "[ab]", "[^a]", "\\a", "."
  };

  /** Random patterns against the regular expressions that docker's tools make of them. */
  @Test
  void randomPatternsMatchWhatTheirRegularExpressionsMatch() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("IgnoreTest seed " + seed);
    Random random = new Random(seed);
    List<String> paths = paths();
    int excluded = 0;
    for (int i = 0; i < 1500; i++) {
      List<String> lines = new ArrayList<>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        StringBuilder line = new StringBuilder(random.nextInt(3) == 0 ? "!" : "");
        for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
          line.append(PARTS[random.nextInt(PARTS.length)]).append(parts > 1 ? "/" : "");
        }
        lines.add(line.toString());
      }
      Ignore ignore = parse(String.join("\n", lines));
      Set<String> walked = new TreeSet<>();
      walk(ignore, ignore.root(), "", paths, walked);
      for (String path : paths) {
        boolean expected = expected(lines, path);
        excluded += expected ? 1 : 0;
        assertEquals(expected, ignore.excludes(path), lines + " " + path);
        assertEquals(!expected, walked.contains(path), "walk of " + lines + " to " + path);
      }
    }
    assertTrue(excluded > 1000, "only " + excluded);
  }

  /** All paths of three parts at most. */
  private static List<String> paths() {
    List<String> names = List.of("a", "b", "ab", "ba");
    List<String> paths = new ArrayList<>(names);
    for (int from = 0, depth = 0; depth < 2; depth++) {
      int end = paths.size();
      for (int i = from; i < end; i++) {
        for (String name : names) {
          paths.add(paths.get(i) + "/" + name);
        }
      }
      from = end;
    }
    return paths;
  }

  /** Visits all but what is pruned, and collects what is wanted. */
  private static void walk(
      Ignore ignore,
      Ignore.Directory directory,
      String prefix,
      List<String> paths,
      Set<String> wanted) {
    for (String name : List.of("a", "b", "ab", "ba")) {
      String path = prefix + name;
      if (!paths.contains(path)) {
        continue;
      }
      Ignore.Child child = directory.child(name);
      if (!child.excluded()) {
        wanted.add(path);
      }
      if (!child.isPruned()) {
        walk(ignore, child.inside(), path + "/", paths, wanted);
      }
    }
  }

  private static boolean expected(List<String> lines, String path) {
    boolean excluded = false;
    for (String line : lines) {
      boolean exception = line.startsWith("!");
      String pattern = exception ? line.substring(1) : line;
      pattern = pattern.replaceAll("(^|/)(\\./|\\.$)+", "$1").replaceAll("(?<=.)/$", "");
      if (pattern.isEmpty()) {
        pattern = ".";
      }
      Pattern compiled = Pattern.compile(regularExpression(pattern), Pattern.DOTALL);
      boolean matches = false;
      for (int end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
        matches |= compiled.matcher(end < 0 ? path : path.substring(0, end)).matches();
        if (end < 0) {
          break;
        }
      }
      if (matches) {
        excluded = !exception;
      }
    }
    return excluded;
  }

  private static String regularExpression(String pattern) {
    StringBuilder regex = new StringBuilder();
    if (pattern.startsWith("**") && pattern.indexOf("/") != 2) {
      String rest = pattern.substring(2);
      if (!rest.matches(".*[*?\\[\\]\\\\].*")) {
        return ".*" + Pattern.quote(rest);
      }
    }
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (pattern.startsWith("**", i)) {
        i += pattern.startsWith("/", i + 2) ? 2 : 1;
        regex.append(i + 1 == pattern.length() ? ".*" : "(.*/)?");
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[') {
        int end = pattern.indexOf(']', i);
        regex.append("(?!/)").append(pattern, i, end + 1);
        i = end;
      } else if (c == '\\') {
        regex.append(Pattern.quote(pattern.substring(++i, i + 1)));
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }
}
