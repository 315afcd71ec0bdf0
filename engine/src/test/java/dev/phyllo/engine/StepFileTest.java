package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.phyllo.linux.PlanPart;
import dev.phyllo.linux.SyscallStep;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepFileTest {
  @TempDir Path dir;

  @Test
  void stepsOfAnotherProcessAreToldAsTheyWereAndTheirFileGoes() {
    List<Step> done =
        List.of(
            new Done("prepare", "key", Map.of("parent", "none")),
            new PlanPart("the view becomes its root"),
            new SyscallStep("", "pivot_root", List.of("\".\"", "\".\""), 0, 12_345),
            new SyscallStep("why", "umount2", List.of("\".\\n\""), -22, -1));
    try (StepFile file = StepFile.write(dir)) {
      done.forEach(file::done);
    }
    List<Step> told = new ArrayList<>();
    StepFile.tell(
        dir,
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public void done(Step step) {
            told.add(step);
          }
        });
    assertEquals(done.stream().map(Step::line).toList(), told.stream().map(Step::line).toList());
    assertEquals(done.get(3), assertInstanceOf(SyscallStep.class, told.get(3)));
    assertFalse(Files.exists(dir.resolve("steps.jsonl")));
    StepFile.tell(dir, StepListener.NONE); // nothing there is nothing to tell
  }
}
