package stablediffusion.spark;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

/** Checks that this module uses others only as docs/ARCHITECTURE.md says. The test of all modules does not see it, because it needs Spark. */
class ArchitectureTest {
    private static final String HERE = "stablediffusion.spark..";

    private final JavaClasses all = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("stablediffusion.spark");

    @Test
    void usesTheLibraryAndWhatIsBelowIt() {
        noClasses().that().resideInAPackage(HERE).should().dependOnClassesThat().resideInAnyPackage(
                "stablediffusion.cpu..", "stablediffusion.tornado..", "stablediffusion.bench..", "stablediffusion.server..",
                "stablediffusion.cli..").check(all);
    }

    @Test
    void goesFromTheApplicationToTheJobToItsParts() {
        layeredArchitecture().consideringOnlyDependenciesInAnyPackage(HERE)
                .layer("application").definedBy("stablediffusion.spark.application..")
                .layer("job").definedBy("stablediffusion.spark")
                .layer("engine").definedBy("stablediffusion.spark.engine..")
                .layer("output").definedBy("stablediffusion.spark.output..")
                .layer("request").definedBy("stablediffusion.spark.request..")
                .whereLayer("application").mayOnlyAccessLayers("job", "engine", "request")
                .whereLayer("job").mayOnlyAccessLayers("engine", "output", "request")
                .whereLayer("output").mayOnlyAccessLayers("request")
                .whereLayer("engine").mayNotAccessAnyLayer()
                .whereLayer("request").mayNotAccessAnyLayer()
                .check(all);
    }

    @Test
    void onlyTheApplicationKnowsPicocli() {
        noClasses().that().resideOutsideOfPackage("stablediffusion.spark.application").should().dependOnClassesThat()
                .resideInAPackage("picocli..").check(all);
    }
}
