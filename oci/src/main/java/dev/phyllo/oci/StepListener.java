package dev.phyllo.oci;

/**
 * Hears what the engine does while it does it.
 *
 * <p>Whoever reports a step first asks {@link #isListening()}, so that nobody pays for steps that
 * nobody hears.
 */
public interface StepListener {
  /** Hears nothing. */
  StepListener NONE =
      new StepListener() {
        @Override
        public boolean isListening() {
          return false;
        }

        @Override
        public void done(Step step) {
          // Nobody listens.
        }
      };

  /** Whether steps should be made and told at all. */
  boolean isListening();

  /** A step that has just been completed; may be called from several threads. */
  void done(Step step);
}
