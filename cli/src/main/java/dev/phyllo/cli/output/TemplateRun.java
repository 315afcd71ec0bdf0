package dev.phyllo.cli.output;

import dev.phyllo.cli.output.TemplateNode.Command;
import dev.phyllo.cli.output.TemplateNode.Operand;
import dev.phyllo.cli.output.TemplateNode.Pipeline;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Evaluates a template for one value. */
final class TemplateRun {
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  private static final class Variable {
    final String name;
    Json value;

    Variable(String name, Json value) {
      this.name = name;
      this.value = value;
    }
  }

  private final String source;
  private final Json root;
  private final List<Variable> variables = new ArrayList<>();
  private final StringBuilder out = new StringBuilder();

  private TemplateRun(String source, Json root) {
    this.source = source;
    this.root = root;
    variables.add(new Variable("$", root));
  }

  static String render(String source, List<TemplateNode> nodes, Json root) {
    TemplateRun run = new TemplateRun(source, root);
    run.all(nodes, root);
    return run.out.toString();
  }

  private Flow all(List<TemplateNode> nodes, Json dot) {
    for (TemplateNode node : nodes) {
      Flow flow = one(node, dot);
      if (flow != Flow.ON) {
        return flow;
      }
    }
    return Flow.ON;
  }

  /** A body in a scope of its own. */
  private Flow scoped(List<TemplateNode> nodes, Json dot) {
    int scope = variables.size();
    Flow flow = all(nodes, dot);
    leave(scope);
    return flow;
  }

  private Flow one(TemplateNode node, Json dot) {
    int scope = variables.size();
    return switch (node) {
      case TemplateNode.Text t -> {
        out.append(t.text());
        yield Flow.ON;
      }
      case TemplateNode.Print p -> {
        Json value = pipeline(p.pipeline(), dot);
        if (p.pipeline().variables().isEmpty()) {
          out.append(TemplateValues.text(value));
        }
        yield Flow.ON;
      }
      case TemplateNode.If i -> {
        boolean yes = TemplateValues.isTrue(pipeline(i.condition(), dot));
        Flow flow = scoped(yes ? i.then() : i.otherwise(), dot);
        leave(scope);
        yield flow;
      }
      case TemplateNode.With w -> {
        Json value = pipeline(w.value(), dot);
        boolean yes = TemplateValues.isTrue(value);
        Flow flow = yes ? scoped(w.then(), value) : scoped(w.otherwise(), dot);
        leave(scope);
        yield flow;
      }
      case TemplateNode.Range r -> {
        Flow flow = range(r, dot);
        leave(scope);
        yield flow;
      }
      case TemplateNode.Jump j -> j.out() ? Flow.BREAK : Flow.CONTINUE;
    };
  }

  private Flow range(TemplateNode.Range range, Json dot) {
    Json over = evaluate(range.over(), dot);
    int count = 0;
    switch (over) {
      case Json.Array a -> {
        for (Json item : a.items()) {
          if (turn(range, new Json.Num(count++), item) == Flow.BREAK) {
            break;
          }
        }
      }
      case Json.Obj o -> {
        // Go ranges over a map in the order of its keys.
        for (Map.Entry<String, Json> m : new TreeMap<>(o.members()).entrySet()) {
          count++;
          if (turn(range, new Json.Text(m.getKey()), m.getValue()) == Flow.BREAK) {
            break;
          }
        }
      }
      case Json.Num n -> {
        long end;
        try {
          end = n.longValueExact();
        } catch (ArithmeticException _) {
          throw error(range.over().position(), "range over " + n.literal());
        }
        for (long i = 0; i < end; i++) {
          count = 1;
          if (turn(range, new Json.Num(i), new Json.Num(i)) == Flow.BREAK) {
            break;
          }
        }
      }
      case Json.Null _ -> {
        // Nothing: the else branch.
      }
      case Json.Text _, Json.Bool _ ->
          throw error(range.over().position(), "range over a " + TemplateValues.typeName(over));
    }
    return count == 0 ? scoped(range.otherwise(), dot) : Flow.ON;
  }

  private Flow turn(TemplateNode.Range range, Json key, Json item) {
    int scope = variables.size();
    List<String> names = range.over().variables();
    if (names.size() == 2) {
      set(range.over(), names.get(0), key);
      set(range.over(), names.get(1), item);
    } else if (names.size() == 1) {
      set(range.over(), names.get(0), item);
    }
    Flow flow = all(range.body(), item);
    leave(scope);
    return flow;
  }

  private Json pipeline(Pipeline pipeline, Json dot) {
    Json value = evaluate(pipeline, dot);
    for (String name : pipeline.variables()) {
      set(pipeline, name, value);
    }
    return value;
  }

  private Json evaluate(Pipeline pipeline, Json dot) {
    Json value = null;
    for (Command command : pipeline.commands()) {
      value = command(command, dot, value);
    }
    if (value == null) {
      throw new IllegalStateException("the parser lets no empty pipeline through");
    }
    return value;
  }

  private Json command(Command command, Json dot, @Nullable Json piped) {
    Operand first = command.operands().getFirst();
    if (!(first instanceof Operand.Function f)) {
      return operand(first, dot);
    }
    List<Operand> operands = command.operands().subList(1, command.operands().size());
    if (f.name().equals("and") || f.name().equals("or")) {
      return shortCircuit(f, operands, dot, piped);
    }
    List<Json> args = new ArrayList<>(operands.size() + 1);
    for (Operand o : operands) {
      args.add(operand(o, dot));
    }
    if (piped != null) {
      args.add(piped);
    }
    return call(f, args);
  }

  private Json call(Operand.Function f, List<Json> args) {
    try {
      return TemplateFunctions.call(f.name(), args);
    } catch (TemplateFunctions.BadCall e) {
      throw error(f.position(), f.name() + " " + e.why());
    }
  }

  /** The first argument that decides, or the last one. */
  private Json shortCircuit(
      Operand.Function f, List<Operand> operands, Json dot, @Nullable Json piped) {
    boolean or = f.name().equals("or");
    Json value = null;
    for (Operand o : operands) {
      value = operand(o, dot);
      if (TemplateValues.isTrue(value) == or) {
        return value;
      }
    }
    Json last = piped != null ? piped : value;
    if (last == null) {
      throw error(f.position(), f.name() + " wants at least one argument");
    }
    return last;
  }

  private Json operand(Operand operand, Json dot) {
    return switch (operand) {
      case Operand.Constant c -> c.value();
      case Operand.Function f -> {
        if (f.name().equals("and") || f.name().equals("or")) {
          throw error(f.position(), f.name() + " wants at least one argument");
        }
        yield call(f, List.of());
      }
      case Operand.Dot d -> fields(dot, d.fields(), d.position());
      case Operand.Variable v ->
          fields(find(v.name(), v.position()).value, v.fields(), v.position());
      case Operand.Nested n -> fields(evaluateNested(n, dot), n.fields(), n.position());
    };
  }

  private Json evaluateNested(Operand.Nested nested, Json dot) {
    return pipeline(nested.pipeline(), dot);
  }

  @SuppressWarnings("ReferenceEquality") // the value itself is meant, not one that equals it
  private Json fields(Json start, List<String> names, int position) {
    Json value = start;
    for (String name : names) {
      switch (value) {
        case Json.Obj o -> {
          Json found = o.members().get(name);
          if (found == null && value == root) {
            throw unknownField(o, name, position);
          }
          value = found == null ? Json.Null.NULL : found;
        }
        case Json.Null _ -> {
          return value;
        }
        default ->
            throw error(position, "no field ." + name + " in a " + TemplateValues.typeName(value));
      }
    }
    return value;
  }

  /** Docker's fields are those of a struct: a misspelt one is an error, not an empty column. */
  private UsageException unknownField(Json.Obj object, String name, int position) {
    UsageException plain = error(position, "there is no field ." + name);
    List<String> known = List.copyOf(object.members().keySet());
    StringBuilder remedy = new StringBuilder();
    DidYouMean.nearest(name, known)
        .ifPresent(n -> remedy.append("did you mean .").append(n).append("? "));
    remedy.append("fields: ");
    String between = "";
    for (String k : new TreeMap<>(object.members()).keySet()) {
      remedy.append(between).append('.').append(k);
      between = " ";
    }
    return new UsageException(plain.thing(), plain.why(), remedy.toString());
  }

  private void set(Pipeline pipeline, String name, Json value) {
    if (pipeline.declares()) {
      variables.add(new Variable(name, value));
    } else {
      find(name, pipeline.position()).value = value;
    }
  }

  private Variable find(String name, int position) {
    for (int i = variables.size() - 1; i >= 0; i--) {
      if (variables.get(i).name.equals(name)) {
        return variables.get(i);
      }
    }
    throw error(position, "undefined variable " + name);
  }

  private void leave(int scope) {
    variables.subList(scope, variables.size()).clear();
  }

  private UsageException error(int position, String why) {
    return TemplateLexer.error(source, position, why);
  }
}
