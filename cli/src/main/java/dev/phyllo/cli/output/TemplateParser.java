package dev.phyllo.cli.output;

import dev.phyllo.cli.output.TemplateNode.Command;
import dev.phyllo.cli.output.TemplateNode.Operand;
import dev.phyllo.cli.output.TemplateNode.Pipeline;
import dev.phyllo.cli.output.Token.Kind;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the grammar of Go's text/template (sections Actions, Arguments, Pipelines and Variables of
 * its documentation), without {@code define}, {@code block} and {@code template}.
 */
final class TemplateParser {
  private static final int MAX_DEPTH = 200;

  private final String source;
  private final List<Token> tokens;
  private final List<String> variables = new ArrayList<>(List.of("$"));
  private int at;
  private int depth;
  private int loops;

  private TemplateParser(String source) {
    this.source = source;
    this.tokens = TemplateLexer.read(source);
  }

  static List<TemplateNode> parse(String source) {
    TemplateParser parser = new TemplateParser(source);
    List<TemplateNode> nodes = parser.body();
    Token t = parser.peek();
    if (t.kind() != Kind.END) {
      throw parser.error(t, "unexpected {{" + parser.tokens.get(parser.at + 1).shown() + "}}");
    }
    return nodes;
  }

  /** Nodes up to the end, or up to an action that begins with else or end, which is left unread. */
  private List<TemplateNode> body() {
    if (++depth > MAX_DEPTH) {
      throw error(peek(), "nested too deeply");
    }
    List<TemplateNode> nodes = new ArrayList<>();
    while (true) {
      Token t = peek();
      if (t.kind() == Kind.END) {
        break;
      }
      if (t.kind() == Kind.TEXT) {
        at++;
        nodes.add(new TemplateNode.Text(t.text()));
        continue;
      }
      Token first = tokens.get(at + 1);
      if (first.is(Kind.WORD, "else") || first.is(Kind.WORD, "end")) {
        break;
      }
      at++;
      nodes.add(action(first));
    }
    depth--;
    return nodes;
  }

  private TemplateNode action(Token first) {
    if (first.kind() != Kind.WORD) {
      return print();
    }
    return switch (first.text()) {
      case "if", "with", "range" -> {
        at++;
        yield control(first.text(), first);
      }
      case "break", "continue" -> {
        at++;
        if (loops == 0) {
          throw error(first, "{{" + first.text() + "}} outside {{range}}");
        }
        close();
        yield new TemplateNode.Jump(first.text().equals("break"));
      }
      case "define", "block", "template" ->
          throw error(first, "{{" + first.text() + "}} is not supported");
      default -> print();
    };
  }

  private TemplateNode print() {
    Pipeline pipeline = pipeline(false);
    close();
    return new TemplateNode.Print(pipeline);
  }

  /** The rest of if, with or range, from its pipeline to its end. */
  private TemplateNode control(String keyword, Token start) {
    int scope = variables.size();
    boolean range = keyword.equals("range");
    Pipeline pipeline = pipeline(range);
    close();
    int inner = variables.size();
    loops += range ? 1 : 0;
    List<TemplateNode> then = body();
    loops -= range ? 1 : 0;
    truncate(inner);
    List<TemplateNode> otherwise = List.of();
    if (peek().kind() == Kind.END) {
      throw error(start, "{{" + keyword + "}} has no {{end}}");
    }
    at++;
    Token word = next();
    if (word.text().equals("else")) {
      Token chained = peek();
      if (!range && chained.is(Kind.WORD, keyword)) {
        at++;
        // The chained condition's end is this one's end too.
        otherwise = List.of(control(keyword, chained));
        truncate(scope);
        return node(keyword, pipeline, then, otherwise);
      }
      close();
      otherwise = body();
      if (peek().kind() == Kind.END) {
        throw error(start, "{{" + keyword + "}} has no {{end}}");
      }
      at++;
      Token end = next();
      if (!end.text().equals("end")) {
        throw error(end, "expected {{end}}");
      }
    }
    close();
    truncate(scope);
    return node(keyword, pipeline, then, otherwise);
  }

  private static TemplateNode node(
      String keyword, Pipeline p, List<TemplateNode> then, List<TemplateNode> otherwise) {
    return switch (keyword) {
      case "if" -> new TemplateNode.If(p, then, otherwise);
      case "with" -> new TemplateNode.With(p, then, otherwise);
      default -> new TemplateNode.Range(p, then, otherwise);
    };
  }

  private Pipeline pipeline(boolean range) {
    int position = peek().position();
    List<String> names = new ArrayList<>();
    boolean declares = false;
    if (peek().kind() == Kind.VARIABLE) {
      Token sign = tokens.get(at + 1);
      boolean two = range && sign.is(Kind.SIGN, ",");
      Token assign = two ? tokens.get(Math.min(at + 3, tokens.size() - 1)) : sign;
      if (assign.is(Kind.SIGN, ":=") || assign.is(Kind.SIGN, "=")) {
        declares = assign.text().equals(":=");
        name(next(), declares, names);
        if (two) {
          at++;
          name(next(), declares, names);
        }
        at++;
      }
    }
    List<Command> commands = new ArrayList<>();
    do {
      commands.add(command());
    } while (skip("|"));
    for (Command later : commands.subList(1, commands.size())) {
      if (!(later.operands().getFirst() instanceof Operand.Function)) {
        throw error(later.position(), "only a function can follow |");
      }
    }
    if (declares) {
      variables.addAll(names);
    }
    return new Pipeline(names, declares, commands, position);
  }

  private void name(Token variable, boolean declares, List<String> names) {
    if (variable.kind() != Kind.VARIABLE || variable.text().equals("$") && declares) {
      throw error(variable, "expected a variable such as $x");
    }
    if (!declares) {
      checkDeclared(variable);
    }
    names.add(variable.text());
  }

  private Command command() {
    int position = peek().position();
    List<Operand> operands = new ArrayList<>();
    while (true) {
      Token t = peek();
      if (t.kind() == Kind.CLOSE || t.is(Kind.SIGN, "|") || t.is(Kind.SIGN, ")")) {
        break;
      }
      if (!operands.isEmpty() && !t.spaced() && !t.is(Kind.SIGN, "(")) {
        throw error(t, "unexpected " + t.shown());
      }
      operands.add(operand());
    }
    if (operands.isEmpty()) {
      throw error(position, "a value is missing");
    }
    if (operands.size() > 1 && !(operands.getFirst() instanceof Operand.Function)) {
      throw error(operands.get(1).position(), "arguments given to something not a function");
    }
    return new Command(operands, position);
  }

  private Operand operand() {
    Token t = next();
    return switch (t.kind()) {
      case STRING -> new Operand.Constant(new Json.Text(t.text()), t.position());
      case NUMBER -> new Operand.Constant(number(t), t.position());
      case DOT -> new Operand.Dot(List.of(), t.position());
      case FIELD -> {
        at--;
        yield new Operand.Dot(fields(true), t.position());
      }
      case VARIABLE -> {
        checkDeclared(t);
        yield new Operand.Variable(t.text(), fields(false), t.position());
      }
      case WORD ->
          switch (t.text()) {
            case "true" -> new Operand.Constant(new Json.Bool(true), t.position());
            case "false" -> new Operand.Constant(new Json.Bool(false), t.position());
            case "nil" -> new Operand.Constant(Json.Null.NULL, t.position());
            default -> {
              if (!TemplateFunctions.exists(t.text())) {
                throw error(t, "function \"" + t.text() + "\" is not defined");
              }
              yield new Operand.Function(t.text(), t.position());
            }
          };
      case SIGN -> {
        if (!t.text().equals("(")) {
          throw error(t, "unexpected " + t.shown());
        }
        if (++depth > MAX_DEPTH) {
          throw error(t, "nested too deeply");
        }
        Pipeline inner = pipeline(false);
        depth--;
        if (!skip(")")) {
          throw error(peek(), "expected ) and found " + peek().shown());
        }
        yield new Operand.Nested(inner, fields(false), t.position());
      }
      default -> throw error(t, "unexpected " + t.shown());
    };
  }

  /** The chain of fields that follows directly; the first may have space before it. */
  private List<String> fields(boolean firstMayBeSpaced) {
    List<String> names = new ArrayList<>();
    while (peek().kind() == Kind.FIELD
        && (!peek().spaced() || firstMayBeSpaced && names.isEmpty())) {
      names.add(next().text());
    }
    return names;
  }

  private Json.Num number(Token t) {
    String digits = t.text().replace("_", "");
    try {
      boolean negative = digits.startsWith("-");
      String plain = negative || digits.startsWith("+") ? digits.substring(1) : digits;
      String prefix =
          plain.length() > 2 ? plain.substring(0, 2).toLowerCase(java.util.Locale.ROOT) : "";
      int radix =
          switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 10;
          };
      if (radix == 10) {
        return new Json.Num(new BigDecimal(digits).toString());
      }
      BigInteger value = new BigInteger(plain.substring(2), radix);
      return new Json.Num((negative ? value.negate() : value).toString());
    } catch (NumberFormatException _) {
      throw error(t, "bad number " + t.text());
    }
  }

  private void checkDeclared(Token variable) {
    if (!variables.contains(variable.text())) {
      throw error(variable, "undefined variable " + variable.text());
    }
  }

  private void close() {
    Token t = next();
    if (t.kind() != Kind.CLOSE) {
      throw error(t, "unexpected " + t.shown());
    }
  }

  private void truncate(int scope) {
    variables.subList(scope, variables.size()).clear();
  }

  private boolean skip(String sign) {
    if (peek().is(Kind.SIGN, sign)) {
      at++;
      return true;
    }
    return false;
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    return tokens.get(at++);
  }

  private UsageException error(Token at, String why) {
    return error(at.position(), why);
  }

  private UsageException error(int position, String why) {
    return TemplateLexer.error(source, position, why);
  }
}
