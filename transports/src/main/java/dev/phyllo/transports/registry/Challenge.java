package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a server asks for with status 401: a scheme and its parameters (RFC 9110, section 11.6.1).
 * It is a stranger's text, and read within bounds.
 *
 * @param scheme in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final int MAX_LENGTH = 8 << 10;
  private static final int MAX_PARAMETERS = 32;

  /** Keeps a copy. */
  Challenge {
    parameters = Map.copyOf(parameters);
  }

  /** The challenges of all headers {@code WWW-Authenticate}, in order. */
  static List<Challenge> parseAll(List<String> headers, String thing) {
    List<Challenge> all = new ArrayList<>();
    for (String header : headers) {
      if (header.length() > MAX_LENGTH) {
        throw new InvalidException(thing, "its WWW-Authenticate header is too long", "");
      }
      new Reader(header, thing).read(all);
    }
    return all;
  }

  private static final class Reader {
    private final String text;
    private final String thing;
    private int at;

    Reader(String text, String thing) {
      this.text = text;
      this.thing = thing;
    }

    void read(List<Challenge> into) {
      String scheme = "";
      Map<String, String> parameters = new LinkedHashMap<>();
      int count = 0;
      while (true) {
        skip(" \t,");
        if (at == text.length()) {
          break;
        }
        String word = token();
        if (word.isEmpty() || ++count > MAX_PARAMETERS) {
          throw malformed();
        }
        int afterWord = at;
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=' && !scheme.isEmpty()) {
          at++;
          skip(" \t");
          parameters.put(word.toLowerCase(Locale.ROOT), value());
        } else {
          // A word that no '=' follows begins a challenge.
          if (!scheme.isEmpty()) {
            into.add(new Challenge(scheme, parameters));
          }
          scheme = word.toLowerCase(Locale.ROOT);
          parameters = new LinkedHashMap<>();
          at = afterWord;
        }
      }
      if (!scheme.isEmpty()) {
        into.add(new Challenge(scheme, parameters));
      }
    }

    private void skip(String what) {
      while (at < text.length() && what.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String token() {
      int start = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value() {
      if (at == text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return value.toString();
        }
        if (c == '\\' && at + 1 < text.length()) {
          c = text.charAt(++at);
        }
        value.append(c);
      }
      throw malformed();
    }

    private InvalidException malformed() {
      return new InvalidException(thing, "its WWW-Authenticate header is malformed", "");
    }
  }
}
