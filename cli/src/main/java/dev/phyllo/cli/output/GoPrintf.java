package dev.phyllo.cli.output;

import dev.phyllo.oci.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Go's {@code fmt.Sprintf} for the values of a template: the verbs {@code %v %s %q %d %b %o %x %X
 * %c %f %e %g %t %%} with the flags {@code - + 0 #} and space, width and precision, {@code *} for
 * either. What does not fit is reported in the text, {@code %!d(string=x)}, as Go does.
 */
final class GoPrintf {
  private static final int MAX_WIDTH = 1 << 16;

  private final String format;
  private final List<Json> args;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int used;

  private boolean left;
  private boolean plus;
  private boolean space;
  private boolean zero;
  private boolean alternate;
  private int width;
  private int precision;

  private GoPrintf(String format, List<Json> args) {
    this.format = format;
    this.args = args;
  }

  static String format(String format, List<Json> args) {
    GoPrintf printf = new GoPrintf(format, args);
    printf.run();
    return printf.out.toString();
  }

  private void run() {
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '%') {
        out.append(c);
        continue;
      }
      flags();
      width = number();
      precision = -1;
      if (at < format.length() && format.charAt(at) == '.') {
        at++;
        precision = Math.max(0, number());
      }
      if (at >= format.length()) {
        out.append("%!(NOVERB)");
        return;
      }
      char verb = format.charAt(at++);
      if (verb == '%') {
        out.append('%');
      } else if (used >= args.size()) {
        out.append("%!").append(verb).append("(MISSING)");
      } else {
        verb(verb, args.get(used++));
      }
    }
    if (used < args.size()) {
      out.append("%!(EXTRA ");
      for (int i = used; i < args.size(); i++) {
        out.append(i > used ? ", " : "").append(TemplateValues.typeName(args.get(i))).append('=');
        out.append(TemplateValues.formatted(args.get(i)));
      }
      out.append(')');
    }
  }

  private void flags() {
    left = plus = space = zero = alternate = false;
    for (; at < format.length(); at++) {
      switch (format.charAt(at)) {
        case '-' -> left = true;
        case '+' -> plus = true;
        case ' ' -> space = true;
        case '0' -> zero = true;
        case '#' -> alternate = true;
        default -> {
          return;
        }
      }
    }
  }

  /** A number in the format or, for a star, among the arguments; 0 if there is none. */
  private int number() {
    if (at < format.length() && format.charAt(at) == '*') {
      at++;
      if (used < args.size() && args.get(used) instanceof Json.Num n) {
        used++;
        int value = TemplateValues.decimal(n).intValue();
        left |= value < 0;
        return Math.min(MAX_WIDTH, Math.abs(Math.max(-MAX_WIDTH, value)));
      }
      return 0;
    }
    int value = 0;
    while (at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
      value = Math.min(MAX_WIDTH, value * 10 + format.charAt(at++) - '0');
    }
    return value;
  }

  private void verb(char verb, Json value) {
    switch (verb) {
      case 'v' -> pad(TemplateValues.formatted(value), value instanceof Json.Num);
      case 's' -> pad(cut(elements(value, false)), false);
      case 'q' -> pad(elements(value, true), false);
      case 't' -> {
        if (value instanceof Json.Bool) {
          pad(TemplateValues.formatted(value), false);
        } else {
          bad(verb, value);
        }
      }
      case 'd' -> whole(verb, value, 10);
      case 'b' -> whole(verb, value, 2);
      case 'o' -> whole(verb, value, 8);
      case 'x', 'X' -> hex(verb, value);
      case 'c' -> character(value);
      case 'f', 'F', 'e', 'g' -> floating(verb, value);
      default -> bad(verb, value);
    }
  }

  private String elements(Json value, boolean quote) {
    if (value instanceof Json.Array a) {
      StringBuilder list = new StringBuilder("[");
      for (int i = 0; i < a.items().size(); i++) {
        list.append(i > 0 ? " " : "").append(elements(a.items().get(i), quote));
      }
      return list.append(']').toString();
    }
    String text = TemplateValues.formatted(value);
    return quote && value instanceof Json.Text ? quoted(text) : text;
  }

  private String cut(String text) {
    return precision < 0 || text.codePointCount(0, text.length()) <= precision
        ? text
        : text.substring(0, text.offsetByCodePoints(0, precision));
  }

  private void whole(char verb, Json value, int radix) {
    if (value instanceof Json.Num n && isWhole(n)) {
      BigInteger i = TemplateValues.decimal(n).toBigInteger();
      signed(i.signum() < 0, i.abs().toString(radix));
    } else {
      bad(verb, value);
    }
  }

  private void hex(char verb, Json value) {
    String digits;
    boolean negative = false;
    if (value instanceof Json.Num n && isWhole(n)) {
      BigInteger i = TemplateValues.decimal(n).toBigInteger();
      negative = i.signum() < 0;
      digits = (alternate ? "0x" : "") + i.abs().toString(16);
    } else if (value instanceof Json.Text t) {
      StringBuilder bytes = new StringBuilder();
      for (byte b : t.value().getBytes(StandardCharsets.UTF_8)) {
        bytes.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
      }
      digits = bytes.toString();
    } else {
      bad(verb, value);
      return;
    }
    signed(negative, verb == 'X' ? digits.toUpperCase(Locale.ROOT) : digits);
  }

  private void character(Json value) {
    if (value instanceof Json.Num n && isWhole(n)) {
      int c = TemplateValues.decimal(n).intValue();
      pad(Character.toString(Character.isValidCodePoint(c) ? c : 0xfffd), false);
    } else {
      bad('c', value);
    }
  }

  private void floating(char verb, Json value) {
    if (!(value instanceof Json.Num n)) {
      bad(verb, value);
      return;
    }
    BigDecimal d = TemplateValues.decimal(n);
    BigDecimal size = d.abs();
    String digits;
    if (verb == 'e') {
      digits = exponent(size, precision < 0 ? 6 : precision);
    } else if (verb == 'g') {
      BigDecimal rounded =
          precision < 0 ? size : size.round(new MathContext(Math.max(1, precision)));
      digits = rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    } else {
      digits = size.setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN).toPlainString();
    }
    signed(d.signum() < 0, digits);
  }

  private static String exponent(BigDecimal size, int digits) {
    int power = size.signum() == 0 ? 0 : size.precision() - size.scale() - 1;
    BigDecimal mantissa = size.movePointLeft(power).setScale(digits, RoundingMode.HALF_EVEN);
    if (mantissa.compareTo(BigDecimal.TEN) >= 0) {
      power++;
      mantissa = mantissa.movePointLeft(1).setScale(digits, RoundingMode.HALF_EVEN);
    }
    int shown = Math.abs(power);
    return mantissa.toPlainString() + (power < 0 ? "e-" : "e+") + (shown < 10 ? "0" : "") + shown;
  }

  /** JSON's numbers have one type; one like 1e3 counts as whole, a huge one as a float. */
  private static boolean isWhole(Json.Num n) {
    BigDecimal d = TemplateValues.decimal(n);
    return d.scale() > -1000 && (d.signum() == 0 || d.stripTrailingZeros().scale() <= 0);
  }

  private void signed(boolean negative, String digits) {
    String sign = negative ? "-" : plus ? "+" : space ? " " : "";
    int missing = width - sign.length() - digits.length();
    if (zero && !left && missing > 0) {
      out.append(sign).append("0".repeat(missing)).append(digits);
    } else {
      zero = false;
      pad(sign + digits, true);
    }
  }

  private void pad(String text, boolean number) {
    int missing = Math.max(0, width - text.codePointCount(0, text.length()));
    String fill = (zero && number && !left ? "0" : " ").repeat(missing);
    out.append(left ? "" : fill).append(text).append(left ? fill : "");
  }

  private void bad(char verb, Json value) {
    out.append("%!").append(verb).append('(').append(TemplateValues.typeName(value)).append('=');
    out.append(TemplateValues.formatted(value)).append(')');
  }

  private static String quoted(String text) {
    StringBuilder q = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> q.append('\\').append(c);
        case '\n' -> q.append("\\n");
        case '\t' -> q.append("\\t");
        case '\r' -> q.append("\\r");
        default -> {
          if (Character.isISOControl(c)) {
            q.append("\\x");
            q.append(Character.forDigit(c >> 4 & 0xf, 16));
            q.append(Character.forDigit(c & 0xf, 16));
          } else {
            q.append(c);
          }
        }
      }
    }
    return q.append('"').toString();
  }
}
