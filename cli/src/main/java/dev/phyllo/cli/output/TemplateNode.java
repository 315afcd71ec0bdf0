package dev.phyllo.cli.output;

import dev.phyllo.oci.json.Json;
import java.util.List;

/** A parsed piece of a template. */
sealed interface TemplateNode {

  /** Printed as it is. */
  record Text(String text) implements TemplateNode {}

  /** Evaluated, and printed unless it only sets a variable. */
  record Print(Pipeline pipeline) implements TemplateNode {}

  /** {@code {{if}}}; an else-if is an {@code If} alone in {@code otherwise}. */
  record If(Pipeline condition, List<TemplateNode> then, List<TemplateNode> otherwise)
      implements TemplateNode {}

  /** {@code {{with}}}: like if, with the dot set to the value. */
  record With(Pipeline value, List<TemplateNode> then, List<TemplateNode> otherwise)
      implements TemplateNode {}

  /** {@code {{range}}}. */
  record Range(Pipeline over, List<TemplateNode> body, List<TemplateNode> otherwise)
      implements TemplateNode {}

  /** {@code {{break}}} or {@code {{continue}}}. */
  record Jump(boolean out) implements TemplateNode {}

  /**
   * Commands, each one's result the last argument of the next.
   *
   * @param variables the variables it sets, none to two, with their dollar
   * @param declares whether they are new ({@code :=}) or must exist ({@code =})
   * @param commands at least one
   * @param position where it starts
   */
  record Pipeline(List<String> variables, boolean declares, List<Command> commands, int position) {}

  /** A function with its arguments, or one value. */
  record Command(List<Operand> operands, int position) {}

  /** A value or a function's name. */
  sealed interface Operand {
    /** Where it stands. */
    int position();

    /** A constant; {@code nil} is {@link Json.Null}. */
    record Constant(Json value, int position) implements Operand {}

    /** A function's name. */
    record Function(String name, int position) implements Operand {}

    /** The dot, with the fields looked up in it. */
    record Dot(List<String> fields, int position) implements Operand {}

    /** A variable, with the fields looked up in it. */
    record Variable(String name, List<String> fields, int position) implements Operand {}

    /** A pipeline in parentheses, with the fields looked up in its result. */
    record Nested(Pipeline pipeline, List<String> fields, int position) implements Operand {}
  }
}
