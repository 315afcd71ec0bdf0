package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a file line by line: directives, comments, continued lines and heredocs. */
final class FileParser {
  private static final int MAX_INSTRUCTIONS = 20_000;
  private static final int MAX_HEREDOCS = 1000;

  private final String file;
  private final boolean damaged;
  private final @Nullable Location place;
  private final List<String> lines = new ArrayList<>();
  private final DirectiveParser directives;
  private final List<Location> emptyContinuations = new ArrayList<>();
  private List<String> comments = new ArrayList<>();
  private int next;
  private int instructions;

  private FileParser(String file, String text, boolean damaged, @Nullable Location place) {
    this.file = file;
    this.place = place;
    this.damaged = damaged;
    this.directives = new DirectiveParser(file);
    int start = text.startsWith("\ufeff") ? 1 : 0;
    while (start < text.length()) {
      int feed = text.indexOf('\n', start);
      int end = feed < 0 ? text.length() : feed + 1;
      lines.add(text.substring(start, end));
      start = end;
    }
  }

  /**
   * A parser for a file's bytes.
   *
   * @throws InvalidException if it is too large
   */
  static FileParser of(byte[] bytes, String file) {
    if (bytes.length > Containerfile.MAX_BYTES) {
      throw new InvalidException(
          file,
          "is larger than " + (Containerfile.MAX_BYTES >> 20) + " MiB",
          "copy large files from the context instead of writing them as heredocs");
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      return new FileParser(file, text, false, null);
    } catch (CharacterCodingException _) {
      // Comments may be in another encoding; instructions are looked at one by one.
      return new FileParser(file, new String(bytes, StandardCharsets.UTF_8), true, null);
    }
  }

  /** A parser for text that is no file's own, all of which stands at {@code place}. */
  static FileParser of(String text, Location place) {
    return new FileParser(place.file(), text, false, place);
  }

  /** The directives, once {@link #read} is through. */
  Directives directives() {
    return directives.directives();
  }

  /** The character that escapes and continues lines, which directives may change. */
  char escape() {
    return directives.escape();
  }

  /** The ends of instructions that have empty lines after continued ones. */
  List<Location> emptyContinuations() {
    return emptyContinuations;
  }

  /** Gives the instructions of the file, one after the other, as it reads. */
  void read(Consumer<Node> to) {
    while (next < lines.size()) {
      String line = withoutEnd(lines.get(next++));
      int space = leadingSpace(line);
      String stripped = line.substring(space);
      if (stripped.startsWith("#")) {
        comment(stripped);
        continue;
      }
      directives.over();
      if (!stripped.isEmpty()) {
        to.accept(instruction(stripped, space));
        comments = new ArrayList<>();
      }
    }
    if (instructions == 0) {
      throw new InvalidException(file, "has no instructions", "begin it with FROM");
    }
  }

  private void comment(String line) {
    if (directives.read(line, next)) {
      return;
    }
    String comment = Chars.trim(line.substring(1));
    if (comment.isEmpty()) {
      comments = new ArrayList<>();
    } else {
      comments.add(comment);
    }
  }

  private Node instruction(String stripped, int space) {
    if (++instructions > MAX_INSTRUCTIONS) {
      throw new InvalidException(
          file, "has more than " + MAX_INSTRUCTIONS + " instructions", "split it");
    }
    LogicalLine line = place == null ? new LogicalLine(file) : new LogicalLine(place);
    boolean goesOn = add(line, stripped, space);
    boolean empty = false;
    while (goesOn && next < lines.size()) {
      String more = withoutEnd(lines.get(next++));
      int indent = leadingSpace(more);
      if (indent == more.length()) {
        empty = true;
      } else if (more.charAt(indent) != '#') {
        goesOn = add(line, more, 0);
      }
    }
    if (empty) {
      emptyContinuations.add(line.location());
    }
    check(line);
    Node node = NodeParser.parse(escape(), line, comments);
    List<Heredoc> mentioned = NodeParser.heredocs(node);
    return mentioned.isEmpty() ? node : node.withHeredocs(bodies(line, mentioned));
  }

  /** Adds a line without the escape character at its end, and says whether it had one. */
  private boolean add(LogicalLine line, String part, int column) {
    int end = part.length();
    while (end > 0 && (part.charAt(end - 1) == ' ' || part.charAt(end - 1) == '\t')) {
      end--;
    }
    char escape = escape();
    boolean goesOn =
        end > 0 && part.charAt(end - 1) == escape && (end == 1 || part.charAt(end - 2) != escape);
    line.add(goesOn ? part.substring(0, end - 1) : part, next, column + 1);
    return goesOn;
  }

  private List<Heredoc> bodies(LogicalLine line, List<Heredoc> mentioned) {
    if (mentioned.size() > MAX_HEREDOCS) {
      throw At.invalid(
          line.location(), "there are more than " + MAX_HEREDOCS + " heredocs", "split it");
    }
    List<Heredoc> read = new ArrayList<>();
    for (Heredoc heredoc : mentioned) {
      StringBuilder content = new StringBuilder();
      int first = next;
      while (true) {
        if (next >= lines.size()) {
          throw At.invalid(
              line.location(),
              "the heredoc " + Chars.shown(heredoc.name()) + " is not closed",
              "add a line that is only " + Chars.shown(heredoc.name()));
        }
        String whole = lines.get(next++);
        if (isEnd(whole, heredoc)) {
          break;
        }
        content.append(whole);
      }
      if (damaged && content.indexOf("\ufffd") >= 0) {
        throw At.invalid(
            new Location(file, first + 1, first + 1, 1), "the heredoc is not UTF-8", "");
      }
      read.add(heredoc.withContent(content.toString()));
    }
    line.reach(next);
    return read;
  }

  private static boolean isEnd(String line, Heredoc heredoc) {
    String text = withoutEnd(line);
    int start = 0;
    while (heredoc.stripTabs() && start < text.length() && text.charAt(start) == '\t') {
      start++;
    }
    return text.length() - start == heredoc.name().length()
        && text.startsWith(heredoc.name(), start);
  }

  private void check(LogicalLine line) {
    String text = line.text();
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      throw At.invalid(line.at(nul), "there is a zero byte", "is it a text file?");
    }
    int replaced = damaged ? text.indexOf('\ufffd') : -1;
    if (replaced >= 0) {
      throw At.invalid(line.at(replaced), "the text is not UTF-8", "save it as UTF-8");
    }
  }

  private static String withoutEnd(String line) {
    int end = line.length();
    while (end > 0 && (line.charAt(end - 1) == '\n' || line.charAt(end - 1) == '\r')) {
      end--;
    }
    return line.substring(0, end);
  }

  private static int leadingSpace(String line) {
    int i = 0;
    while (i < line.length() && Chars.isSpace(line.charAt(i))) {
      i++;
    }
    return i;
  }
}
