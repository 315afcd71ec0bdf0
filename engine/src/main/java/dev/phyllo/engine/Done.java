package dev.phyllo.engine;

import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that the engine did itself, where no module below it has a record of its own.
 *
 * @param verb the operation
 * @param subject what it was done to
 * @param details further facts
 */
record Done(String verb, String subject, Map<String, String> details) implements Step {
  Done {
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }

  /** Tells who listens. */
  static void report(StepListener steps, String verb, Object subject, String fact, Object value) {
    if (steps.isListening()) {
      steps.done(new Done(verb, subject.toString(), Map.of(fact, value.toString())));
    }
  }
}
