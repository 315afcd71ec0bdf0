package dev.phyllo.architecture;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** What the build files say of the modules, by name without {@code dev.phyllo.}. */
final class ModuleFiles {
  private static final Pattern REQUIRES =
      Pattern.compile("requires\\s+(?:static\\s+|transitive\\s+)*dev\\.phyllo\\.(\\w+)\\s*;");

  private ModuleFiles() {}

  /** The repository's root, from wherever the tests were started. */
  static Path root() {
    Path directory = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    while (!Files.isRegularFile(directory.resolve("cli/pom.xml"))) {
      directory = Objects.requireNonNull(directory.getParent(), "not in the repository");
    }
    return directory;
  }

  static List<String> requires(String moduleInfo) {
    return REQUIRES.matcher(moduleInfo).results().map(match -> match.group(1)).toList();
  }

  /** The Phyllo modules among a pom's own dependencies, of whatever scope. */
  static List<String> dependencies(String pom)
      throws IOException, ParserConfigurationException, SAXException {
    List<String> modules = new ArrayList<>();
    for (Element list : children(parse(pom).getDocumentElement(), "dependencies")) {
      for (Element dependency : children(list, "dependency")) {
        String artifact = children(dependency, "artifactId").getFirst().getTextContent().strip();
        if (artifact.startsWith("phyllo-")) {
          modules.add(artifact.substring("phyllo-".length()));
        }
      }
    }
    return modules;
  }

  /** The modules that the parent pom lists. */
  static List<String> reactor(Path pom)
      throws IOException, ParserConfigurationException, SAXException {
    return children(
            children(parse(Files.readString(pom)).getDocumentElement(), "modules").getFirst(),
            "module")
        .stream()
        .map(module -> module.getTextContent().strip())
        .toList();
  }

  private static Document parse(String xml)
      throws IOException, ParserConfigurationException, SAXException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }
}
