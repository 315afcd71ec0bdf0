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

  /**
   * Begins a long piece of work, whose bytes the caller counts. Unlike steps, it may be watched
   * without {@link #isListening() listening}.
   *
   * @param kind what happens to the bytes
   * @param subject what it is done to: a digest, or a name in an archive
   * @param bytes how many there are, or {@link Work#UNKNOWN}
   */
  default Work begin(Work.Kind kind, String subject, long bytes) {
    return Work.UNWATCHED;
  }
}
