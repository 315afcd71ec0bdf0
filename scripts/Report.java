import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Says what the tests said: every failure, every skipped test with its reason, and a closing line
 * {@code N passed, N failed, N skipped}.
 *
 * <p>{@code java scripts/Report.java BROKEN_STEPS ACCEPTANCE_RESULTS SUREFIRE_REPORTS_DIR...}. Exits 0
 * only if nothing failed, no step broke and some test ran.
 */
final class Report {
  private int passed;
  private final List<String> failures = new ArrayList<>();
  // Reason to tests: one missing tool skips many.
  private final TreeMap<String, List<String>> skipped = new TreeMap<>();

  public static void main(String[] args) throws Exception {
    Report report = new Report();
    int broken = Integer.parseInt(args[0]);
    report.readAcceptance(Path.of(args[1]));
    for (int i = 2; i < args.length; i++) {
      report.readSurefire(Path.of(args[i]));
    }
    System.exit(report.print(broken));
  }

  /** Lines {@code ok - what}, {@code not ok - what: why}, {@code skip - what: reason}. */
  private void readAcceptance(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("ok - ")) {
        passed++;
      } else if (line.startsWith("not ok - ")) {
        failures.add(line.substring("not ok - ".length()));
      } else if (line.startsWith("skip - ")) {
        int colon = line.lastIndexOf(": ");
        skip(line.substring(colon + 2), line.substring("skip - ".length(), colon));
      }
    }
  }

  private void readSurefire(Path directory) throws Exception {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "TEST-*.xml")) {
      for (Path file : files) {
        var cases =
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
          readCase((Element) cases.item(i));
        }
      }
    }
  }

  private void readCase(Element test) {
    String className = test.getAttribute("classname");
    String name =
        className.substring(className.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
    for (Node child = test.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element) {
        switch (element.getTagName()) {
          case "failure", "error" -> {
            failures.add(name + ": " + firstLine(element));
            return;
          }
          case "skipped" -> {
            skip(reason(element), name);
            return;
          }
          default -> {}
        }
      }
    }
    passed++;
  }

  private void skip(String reason, String test) {
    skipped.computeIfAbsent(reason, _ -> new ArrayList<>()).add(test);
  }

  private static String firstLine(Element element) {
    String text = element.getAttribute("message");
    if (text.isEmpty()) {
      text = element.getTextContent().strip();
    }
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  private static String reason(Element element) {
    String text = firstLine(element);
    for (String prefix : new String[] {"Assumption failed: ", "assumption failed: "}) {
      int at = text.indexOf(prefix);
      if (at >= 0) {
        return text.substring(at + prefix.length());
      }
    }
    return text.isEmpty() ? "no reason given" : text;
  }

  private int print(int broken) {
    int skips = 0;
    if (!skipped.isEmpty()) {
      System.out.println("skipped:");
    }
    for (var entry : skipped.entrySet()) {
      List<String> tests = entry.getValue();
      skips += tests.size();
      System.out.println("  " + entry.getKey() + " (" + tests.size() + ")");
      for (String test : tests) {
        System.out.println("    " + test);
      }
    }
    if (!failures.isEmpty()) {
      System.out.println("failed:");
    }
    for (String failure : failures) {
      System.out.println("  " + failure);
    }
    if (broken > 0) {
      System.out.println(
          broken + (broken == 1 ? " step" : " steps") + " failed, see target/check.log");
    }
    if (passed + failures.size() == 0) {
      System.out.println("no test ran");
    }
    System.out.println(
        passed + " passed, " + failures.size() + " failed, " + skips + " skipped");
    return broken == 0 && failures.isEmpty() && passed > 0 ? 0 : 1;
  }
}
