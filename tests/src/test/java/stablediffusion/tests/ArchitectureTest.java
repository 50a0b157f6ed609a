package stablediffusion.tests;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checks that modules and packages use each other only as docs/ARCHITECTURE.md says. */
class ArchitectureTest {
    private static final String MODEL = "stablediffusion.model..";
    private static final String KERNELS = "stablediffusion.tornado..";
    private static final String CPU = "stablediffusion.cpu..";
    private static final String WEIGHTS = "stablediffusion.weights..";
    private static final String LIBRARY = "stablediffusion.library..";
    private static final String API = "stablediffusion";
    private static final String BENCH = "stablediffusion.bench..";
    private static final String SERVER = "stablediffusion.server..";
    private static final String CLI = "stablediffusion.cli..";
    /** Is on the class path in its Maven profile only, where its own ArchitectureTest checks more. */
    private static final String SPARK = "stablediffusion.spark..";

    private static JavaClasses all;

    @BeforeAll
    static void readClasses() {
        all = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("stablediffusion");
        assertTrue(all.size() > 250, all.size() + " classes");
    }

    @Test
    void modulesUseThoseBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("stablediffusion..")
                .layer("model").definedBy(MODEL)
                .layer("tornado-kernels").definedBy(KERNELS)
                .layer("cpu-engine").definedBy(CPU)
                .layer("weights-tool").definedBy(WEIGHTS)
                .layer("library").definedBy(LIBRARY, API)
                .layer("bench").definedBy(BENCH)
                .layer("server").definedBy(SERVER)
                .layer("cli").definedBy(CLI)
                .optionalLayer("spark").definedBy(SPARK)
                .whereLayer("model").mayNotAccessAnyLayer()
                .whereLayer("tornado-kernels").mayOnlyAccessLayers("model")
                .whereLayer("cpu-engine").mayOnlyAccessLayers("model")
                .whereLayer("weights-tool").mayOnlyAccessLayers("model")
                .whereLayer("library").mayOnlyAccessLayers("model", "weights-tool")
                .whereLayer("bench").mayOnlyAccessLayers("model")
                .whereLayer("server").mayOnlyAccessLayers("model", "library")
                .whereLayer("cli").mayOnlyAccessLayers("model", "weights-tool", "library", "bench", "server", "tornado-kernels")
                .whereLayer("spark").mayOnlyAccessLayers("model", "weights-tool", "library")
                .check(all);
    }

    @Test
    void theLibrarysApiIsAboveItsInternals() {
        noClasses().that().resideInAPackage(LIBRARY).should().dependOnClassesThat().resideInAPackage(API).check(all);
    }

    @Test
    void theCommandLineGoesFromCommandsToOptionsToOutput() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(CLI)
                .layer("main").definedBy("stablediffusion.cli")
                .layer("commands").definedBy("stablediffusion.cli.commands..")
                .layer("options").definedBy("stablediffusion.cli.options..")
                .layer("output").definedBy("stablediffusion.cli.output..")
                .whereLayer("commands").mayOnlyAccessLayers("options", "output")
                .whereLayer("options").mayOnlyAccessLayers("output")
                .whereLayer("output").mayNotAccessAnyLayer()
                .check(all);
    }

    @Test
    void theServerGoesFromItsInterfacesToHttpToTheQueue() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(SERVER)
                .layer("server").definedBy("stablediffusion.server")
                .layer("page").definedBy("stablediffusion.server.page..")
                .layer("webui").definedBy("stablediffusion.server.webui..")
                .layer("openai").definedBy("stablediffusion.server.openai..")
                .layer("status").definedBy("stablediffusion.server.status..")
                .layer("painting").definedBy("stablediffusion.server.painting..")
                .layer("http").definedBy("stablediffusion.server.http..")
                .layer("queue").definedBy("stablediffusion.server.queue..")
                .whereLayer("page").mayOnlyAccessLayers("webui", "painting", "http", "queue")
                .whereLayer("webui").mayOnlyAccessLayers("painting", "http", "queue")
                .whereLayer("openai").mayOnlyAccessLayers("painting", "http", "queue")
                .whereLayer("status").mayOnlyAccessLayers("http", "queue")
                .whereLayer("painting").mayOnlyAccessLayers("http", "queue")
                .whereLayer("http").mayOnlyAccessLayers("queue")
                .whereLayer("queue").mayNotAccessAnyLayer()
                .check(all);
    }

    @Test
    void onlyOnePackageKnowsHelidon() {
        noClasses().that().resideOutsideOfPackage("stablediffusion.server.http").should().dependOnClassesThat()
                .resideInAPackage("io.helidon..").check(all);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("stablediffusion.(*)..").should().beFreeOfCycles().check(all);
        slices().matching("stablediffusion.model.(*)..").should().beFreeOfCycles().check(all);
        slices().matching("stablediffusion.server.(*)..").should().beFreeOfCycles().check(all);
        slices().matching("stablediffusion.tornado.(*)..").should().beFreeOfCycles().check(all);
        slices().matching("stablediffusion.weights.(*)..").should().beFreeOfCycles().check(all);
    }

    @Test
    void onlyTheCommandLineKnowsPicocli() {
        noClasses().that().resideOutsideOfPackage(CLI).should().dependOnClassesThat().resideInAPackage("picocli..").check(all);
    }

    @Test
    void onlyTheKernelsModuleKnowsTornadoVm() {
        noClasses().that().resideOutsideOfPackage(KERNELS).should().dependOnClassesThat().resideInAPackage("uk.ac.manchester.tornado..")
                .check(all);
    }

    @Test
    void onlyTheLaunchersFolderIsReadFromTheEnvironment() {
        noClasses().that().doNotHaveFullyQualifiedName("stablediffusion.cli.options.ProjectFolder")
                .should().callMethod(System.class, "getenv", String.class)
                .check(all);
    }

    /** Programs see five classes, with what is nested in them. */
    @Test
    void theLibraryHasASmallFace() {
        classes().that().resideInAPackage(API).and().arePublic().and().areTopLevelClasses()
                .should()
                .haveNameMatching("stablediffusion\\.(StableDiffusion|GenerationRequest|GeneratedImage|GenerationListener|BatchKey)")
                .check(all);
    }
}
