package dev.phyllo.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules that keep the modules a pipeline: what ARCHITECTURE.md promises, as predicates on
 * classes.
 *
 * @param base the package that holds the modules' packages: {@code dev.phyllo}, or the one of
 *     deliberately bad classes that shows a rule can fail
 */
record Architecture(String base) {
  /** Top to bottom: a module may use those before it. */
  static final List<String> MODULES =
      List.of(
          "oci",
          "layers",
          "store",
          "linux",
          "snapshots",
          "transports",
          "containers",
          "build",
          "engine",
          "cli");

  /** The modules that work on any operating system. */
  static final Set<String> PORTABLE = Set.of("oci", "layers", "store", "transports");

  Map<String, ArchRule> rules() {
    return Map.of(
        "modules depend downward only", downwardOnly(),
        "modules have no cycles", noCycles(),
        "only linux declares native methods", onlyLinuxDeclaresNativeMethods(),
        "only linux loads native code", onlyLinuxLoadsNativeCode(),
        "portable modules do not know linux", portableModulesDoNotKnowLinux(),
        "names say what a class is", namesSayWhatAClassIs(),
        "engine speaks JDK and Phyllo types", engineSpeaksJdkAndPhylloTypes());
  }

  private String in(String module) {
    return base + "." + module + "..";
  }

  ArchRule downwardOnly() {
    return classes()
        .that(resideInAPackage(base + ".."))
        .should(
            new ArchCondition<JavaClass>("use only modules above their own") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                int own = rank(item);
                for (var dependency : item.getDirectDependenciesFromSelf()) {
                  int other = rank(dependency.getTargetClass());
                  if (own >= 0 && other > own) {
                    events.add(SimpleConditionEvent.violated(item, dependency.getDescription()));
                  }
                }
              }
            });
  }

  /** Where a class' module stands in the pipeline, or -1 for a class of no module. */
  private int rank(JavaClass type) {
    String name = type.getPackageName();
    if (!name.startsWith(base + ".")) {
      return -1;
    }
    String rest = name.substring(base.length() + 1);
    int dot = rest.indexOf('.');
    return MODULES.indexOf(dot < 0 ? rest : rest.substring(0, dot));
  }

  ArchRule noCycles() {
    return slices().matching(base + ".(*)..").should().beFreeOfCycles();
  }

  ArchRule onlyLinuxDeclaresNativeMethods() {
    return noMethods()
        .that()
        .areDeclaredInClassesThat()
        .resideOutsideOfPackage(in("linux"))
        .should()
        .haveModifier(JavaModifier.NATIVE);
  }

  ArchRule onlyLinuxLoadsNativeCode() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(in("linux"))
        .should()
        .callMethod(System.class, "load", String.class)
        .orShould()
        .callMethod(System.class, "loadLibrary", String.class)
        .orShould()
        .callMethod(Runtime.class, "load", String.class)
        .orShould()
        .callMethod(Runtime.class, "loadLibrary", String.class);
  }

  ArchRule portableModulesDoNotKnowLinux() {
    return noClasses()
        .that(resideInAnyPackage(PORTABLE.stream().map(this::in).toArray(String[]::new)))
        .should()
        .dependOnClassesThat(resideInAPackage(in("linux")));
  }

  /** A class that "manages", "helps" or is a drawer of utilities has not been understood yet. */
  ArchRule namesSayWhatAClassIs() {
    return noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?)(\\$.*)?");
  }

  /** A library user must not meet a dependency of ours, which could then never be replaced. */
  ArchRule engineSpeaksJdkAndPhylloTypes() {
    return methods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(in("engine"))
        .and()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should(
            new ArchCondition<JavaMethod>("have signatures of JDK and Phyllo types") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                List<JavaClass> types =
                    new ArrayList<>(method.getReturnType().getAllInvolvedRawTypes());
                method
                    .getParameterTypes()
                    .forEach(type -> types.addAll(type.getAllInvolvedRawTypes()));
                types.addAll(method.getThrowsClause().getTypes());
                for (JavaClass type : types) {
                  if (!ours.test(type.getBaseComponentType())) {
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " speaks of " + type.getName()));
                  }
                }
              }
            })
        // An engine without classes yet promises nothing.
        .allowEmptyShould(true);
  }

  private static final DescribedPredicate<JavaClass> ours =
      DescribedPredicate.describe(
          "a JDK or Phyllo type",
          type ->
              type.isPrimitive()
                  || type.getPackageName().startsWith("java.")
                  || type.getPackageName().startsWith("javax.")
                  || type.getPackageName().startsWith("dev.phyllo."));
}
