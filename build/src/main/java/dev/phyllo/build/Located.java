package dev.phyllo.build;

import dev.phyllo.build.containerfile.At;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;

/** Errors of a step, with the line of the Containerfile they come from. */
final class Located {
  private Located() {}

  /** The same error, of the same kind, which says where it is from unless it does already. */
  static PhylloException error(Instruction instruction, PhylloException e) {
    String place = instruction.location().toString();
    if (e.thing().startsWith(instruction.location().file() + ":")) {
      return e;
    }
    String thing = place + ": " + instruction.name() + ": " + e.thing();
    At at = new At(instruction.location(), e);
    return switch (e) {
      case InvalidException _ -> new InvalidException(thing, e.why(), e.remedy(), at);
      case UsageException _ -> new InvalidException(thing, e.why(), e.remedy(), at);
      case CorruptException _ -> new CorruptException(thing, e.why(), e.remedy(), at);
      case NotFoundException _ -> new NotFoundException(thing, e.why(), e.remedy(), at);
      case ConflictException _ -> new ConflictException(thing, e.why(), e.remedy(), at);
      case UnsupportedException _ -> new UnsupportedException(thing, e.why(), e.remedy(), at);
      case StartException s -> new StartException(thing, e.why(), e.remedy(), s.exitStatus(), at);
      case SystemException _ -> new SystemException(thing, e.why(), e.remedy(), at);
    };
  }
}
