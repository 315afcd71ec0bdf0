package dev.phyllo.build.containerfile;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A Containerfile: what its text says, before any variable is replaced. Immutable.
 *
 * @param file its name as the user knows it
 * @param directives the parser directives at its top
 * @param globals the ARGs before the first FROM, in order
 * @param stages the stages, in order; at least one
 * @param warnings what the checks found in the text alone, in order of lines
 */
public record Containerfile(
    String file,
    Directives directives,
    List<Arg> globals,
    List<Stage> stages,
    List<Warning> warnings) {
  /** The largest file that is read, in bytes. */
  public static final int MAX_BYTES = 2 << 20;

  /** Keeps copies. */
  public Containerfile {
    globals = List.copyOf(globals);
    stages = List.copyOf(stages);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads a file.
   *
   * @param bytes its content: UTF-8, with or without a byte order mark, lines ended by line feeds
   *     with or without carriage returns
   * @param file its name, for errors
   * @throws InvalidException if it is no Containerfile: the error's line has file, line and column,
   *     and its cause is an {@link At}
   */
  public static Containerfile parse(byte[] bytes, String file) {
    FileParser parser = FileParser.of(bytes, file);
    List<Arg> globals = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    List<From> froms = new ArrayList<>();
    List<Instruction> current = new ArrayList<>();
    parser.read(node -> {
      Instruction instruction = InstructionParser.parse(parser.escape(), node);
      if (instruction instanceof From from) {
        if (!froms.isEmpty()) {
          stages.add(new Stage(stages.size(), froms.getLast(), current));
          current.clear();
        }
        froms.add(from);
      } else if (!froms.isEmpty()) {
        current.add(instruction);
      } else if (instruction instanceof Arg arg) {
        globals.add(arg);
      } else {
        throw At.invalid(
            instruction.location(),
            instruction.name() + " stands before the first FROM",
            "only ARG may; begin the file with FROM");
      }
    });
    if (froms.isEmpty()) {
      throw new InvalidException(file, "has no stage", "add a FROM");
    }
    stages.add(new Stage(stages.size(), froms.getLast(), current));
    Directives directives = parser.directives();
    Containerfile plain = new Containerfile(file, directives, globals, stages, List.of());
    List<Warning> warnings = TextChecks.of(plain, parser.emptyContinuations());
    return new Containerfile(file, directives, globals, stages, warnings);
  }

  /** Reads a file from text; as {@link #parse(byte[], String)}. */
  public static Containerfile parse(String text, String file) {
    return parse(text.getBytes(StandardCharsets.UTF_8), file);
  }

  /**
   * Reads what an ONBUILD of a base image delayed.
   *
   * @param trigger the instruction, as the base's configuration has it
   * @param from where the FROM stands that is to take it: the place of the instruction and of
   *     errors
   * @throws InvalidException if it is not one instruction, or one that ONBUILD cannot delay
   */
  public static Instruction parseTrigger(String trigger, Location from) {
    Instruction delayed = parseOne(trigger, from, "an ONBUILD of the base");
    return switch (delayed) {
      case From _, Maintainer _, Onbuild _ ->
          throw At.invalid(from, "an ONBUILD of the base has " + delayed.name(), "");
      default -> delayed;
    };
  }

  /**
   * Reads an instruction that stands for itself and not in a file.
   *
   * @param text the instruction
   * @param place the place of it and of errors
   * @param what it is, for errors
   * @throws InvalidException if it is not one instruction
   */
  public static Instruction parseOne(String text, Location place, String what) {
    if (text.length() > MAX_BYTES) {
      throw At.invalid(place, what + " is too long", "");
    }
    List<Instruction> found = new ArrayList<>();
    FileParser parser = FileParser.of(text, place);
    parser.read(node -> found.add(InstructionParser.parse(parser.escape(), node)));
    if (found.size() != 1) {
      throw At.invalid(place, what + " has several instructions: " + Chars.quoted(text), "");
    }
    return found.getFirst();
  }
}
