package dev.phyllo.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every module's classes and build files, held against {@link Architecture}. */
class ArchitectureTest {
  private static final Path ROOT = ModuleFiles.root();
  private static final Architecture PHYLLO = new Architecture("dev.phyllo");
  private static final String FIXTURE = "dev.phyllo.architecture.fixture";
  private static final Architecture BAD = new Architecture(FIXTURE);

  private static JavaClasses phyllo;
  private static JavaClasses bad;

  @BeforeAll
  static void readClasses() {
    List<Path> directories =
        Architecture.MODULES.stream()
            .map(module -> ROOT.resolve(module).resolve("target/classes"))
            .filter(Files::isDirectory)
            .toList();
    phyllo = new ClassFileImporter().importPaths(directories);
    bad = new ClassFileImporter().importPackages(FIXTURE);
  }

  @TestFactory
  Stream<DynamicTest> theModulesKeepEveryRule() {
    return PHYLLO.rules().entrySet().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(phyllo)));
  }

  @TestFactory
  Stream<DynamicTest> everyRuleFindsTheClassesThatBreakIt() {
    return BAD.rules().entrySet().stream()
        .map(rule ->
            DynamicTest.dynamicTest(
                rule.getKey(),
                () ->
                    assertTrue(
                        rule.getValue().evaluate(bad).hasViolation(),
                        "the bad classes were let through")));
  }

  @Test
  void aRuleNamesTheClassThatBreaksIt() {
    String report = BAD.downwardOnly().evaluate(bad).getFailureReport().toString();
    assertTrue(report.contains(FIXTURE + ".oci.UpwardUser"), report);
    assertTrue(report.contains(FIXTURE + ".linux.Natives"), report);
    assertFalse(report.contains("java.lang.String"), report);
  }

  @Test
  void everyClassBelongsToAModuleOfThePipeline() {
    Set<String> strangers = new TreeSet<>();
    for (JavaClass type : phyllo) {
      String[] names = type.getPackageName().split("\\.", -1);
      if (names.length < 3 || !Architecture.MODULES.contains(names[2])) {
        strangers.add(type.getName());
      }
    }
    assertEquals(Set.of(), strangers);
  }

  @Test
  void noModuleMakesABannedCall() throws IOException {
    assertEquals("", String.join("\n", BannedCalls.read().in(phyllo)));
  }

  @Test
  void aBannedCallIsFoundAndTheReasonGiven() throws IOException {
    String found = String.join("\n", BannedCalls.read().in(bad));
    assertTrue(found.contains("StoreManager") && found.contains("System.exit(int)"), found);
    assertTrue(found.contains("leaving the process is the command's decision"), found);
    assertTrue(found.contains("java.io.File.<init>"), found);
    assertTrue(found.contains("toLowerCase()"), found);
    assertFalse(found.contains("toUpperCase"), found);
  }

  @Test
  void theReactorListsTheModulesInPipelineOrder() throws Exception {
    assertEquals(Architecture.MODULES, ModuleFiles.reactor(ROOT.resolve("pom.xml")));
  }

  @Test
  void noModuleInfoRequiresAModuleBelowIt() throws IOException {
    for (String module : Architecture.MODULES) {
      Path file = ROOT.resolve(module).resolve("src/main/java/module-info.java");
      assertEquals(
          List.of(), upward(module, ModuleFiles.requires(Files.readString(file))), file.toString());
    }
  }

  @Test
  void noPomDependsOnAModuleBelowIt() throws Exception {
    for (String module : Architecture.MODULES) {
      Path file = ROOT.resolve(module).resolve("pom.xml");
      assertEquals(
          List.of(), upward(module, ModuleFiles.dependencies(Files.readString(file))), module);
    }
  }

  @Test
  void anUpwardRequiresWouldBeFound() {
    String moduleInfo =
        """
        module dev.phyllo.layers {
          requires static transitive org.jspecify;
          requires transitive dev.phyllo.oci;
          requires static dev.phyllo.linux;
        }
        """;
    assertEquals(List.of("linux"), upward("layers", ModuleFiles.requires(moduleInfo)));
  }

  @Test
  void anUpwardPomDependencyWouldBeFound() throws Exception {
    String pom =
        """
        <project><dependencies>
          <dependency><groupId>dev.phyllo</groupId><artifactId>phyllo-oci</artifactId></dependency>
          <dependency><groupId>dev.phyllo</groupId><artifactId>phyllo-engine</artifactId></dependency>
        </dependencies></project>
        """;
    assertEquals(List.of("engine"), upward("layers", ModuleFiles.dependencies(pom)));
  }

  private static List<String> upward(String module, List<String> used) {
    int own = Architecture.MODULES.indexOf(module);
    return used.stream().filter(other -> Architecture.MODULES.indexOf(other) >= own).toList();
  }
}
