package dev.phyllo.build;

import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.From;
import dev.phyllo.build.containerfile.Instruction;

/** What a base image left to do for those who build on it (ONBUILD). */
final class Triggers {
  private Triggers() {}

  static Instruction parse(String trigger, From from) {
    return Containerfile.parseTrigger(trigger, from.location());
  }
}
