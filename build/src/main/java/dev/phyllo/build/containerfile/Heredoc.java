package dev.phyllo.build.containerfile;

/**
 * A here-document: lines below an instruction, up to one that is only its name.
 *
 * @param name the delimiter without its quotes; for COPY and ADD also the file's name
 * @param expand whether variables in it are replaced: no part of the delimiter was quoted
 * @param stripTabs whether it was written {@code <<-}: tabs at the beginning of lines do not count
 * @param descriptor the file descriptor before the {@code <<}, 0 if there is none
 * @param content the lines as they stand in the file, tabs included
 */
public record Heredoc(
    String name, boolean expand, boolean stripTabs, int descriptor, String content) {

  /** The content as it counts: with {@link #stripTabs}, without the tabs that begin its lines. */
  public String text() {
    if (!stripTabs) {
      return content;
    }
    StringBuilder text = new StringBuilder(content.length());
    boolean begins = true;
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (begins && c == '\t') {
        continue;
      }
      begins = c == '\n';
      text.append(c);
    }
    return text.toString();
  }

  /** The same with other content. */
  Heredoc withContent(String newContent) {
    return new Heredoc(name, expand, stripTabs, descriptor, newContent);
  }
}
