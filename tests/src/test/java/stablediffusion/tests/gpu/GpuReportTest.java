package stablediffusion.tests.gpu;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import stablediffusion.bench.EngineInfo;
import stablediffusion.bench.Environment;
import stablediffusion.bench.Json;
import stablediffusion.bench.ModelReport;
import stablediffusion.bench.NetworkMeasurement;
import stablediffusion.bench.Part;
import stablediffusion.bench.Timing;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.Configuration;
import stablediffusion.tests.gpu.Checks.Check;
import stablediffusion.tests.gpu.StepResult.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Runs the report with scripts in the place of a JVM: what it does when results are wrong, and when steps crash or hang. */
class GpuReportTest {
    private static final Path SHELL = Path.of("/bin/sh");

    @TempDir
    private Path folder;

    /** Stands for the script that starts a JVM: its first argument is what follows the flags. */
    private BackendReport run(String script, int seconds, boolean keepGoing) {
        assumeTrue(Files.isExecutable(SHELL), "there is no shell");
        Plan plan = new Plan(Set.of(), "narrow", 64, 2, seconds, keepGoing, folder);
        return new BackendRun(plan, "opencl", List.of(SHELL.toString(), "-c", script), folder).run(Deadline.in(seconds), _ -> {});
    }

    private static StepResult result(BackendReport report, Step step) {
        return report.steps().stream().filter(result -> result.step() == step).findFirst().orElseThrow();
    }

    private static Outcome outcome(BackendReport report, Step step) {
        return result(report, step).outcome();
    }

    /** A checking step that writes a failure is wrong, its remark names the test, and nothing is measured after it. */
    @Test
    void stopsAtTheFirstWrongResult() {
        String script = """
                case "$*" in
                    *package:*) echo '{"passed":3,"skipped":0,"failures":["KernelTest.linear [2]: off by 1"]}' > "%s/opencl/tests.json"; exit 1;;
                esac""".formatted(folder);
        BackendReport report = run(script, 1000, false);
        assertEquals(Outcome.WRONG, outcome(report, Step.TESTS));
        assertEquals(List.of("KernelTest.linear [2]: off by 1"), result(report, Step.TESTS).remarks());
        assertEquals(Outcome.NOT_BEGUN, outcome(report, Step.KERNELS));
        assertEquals(Outcome.DONE, outcome(run(script, 1000, true), Step.KERNELS));
    }

    /** A crash in a check is no result, but ends the backend as a wrong one does; the end of its output says where it was. */
    @Test
    void namesWhereAStepCrashed() {
        BackendReport report = run("case \"$*\" in *package:*) echo 'KernelTest.attention [1] …'; exit 134;; esac", 1000, false);
        assertEquals(Outcome.FAILED, outcome(report, Step.TESTS));
        assertTrue(result(report, Step.TESTS).remarks().getLast().contains("attention"));
        assertEquals(Outcome.NOT_BEGUN, outcome(report, Step.MODEL));
    }

    /** A backend without a driver is not tested. */
    @Test
    void endsABackendThatDoesNotStart() {
        BackendReport report = run("echo no driver >&2; exit 1", 1000, true);
        assertEquals(Outcome.FAILED, outcome(report, Step.DEVICES));
        assertEquals(List.of("exit code 1, after", "no driver"), result(report, Step.DEVICES).remarks());
        assertEquals(Outcome.NOT_BEGUN, outcome(run("exit 1", 1000, false), Step.TESTS));
    }

    /** A step that hangs is ended so that the later ones have their time. */
    @Test
    void endsAStepThatHangs() {
        int later = (int) -plan().secondsFor(Step.DEVICES, 0);
        BackendReport report = run("case \"$*\" in *devices*) exec sleep 600;; esac", later + 6, false);
        assertEquals(Outcome.OUT_OF_TIME, outcome(report, Step.DEVICES));
        assertEquals(Outcome.DONE, outcome(report, Step.TESTS));
        assertEquals(Outcome.DONE, outcome(report, Step.KERNELS));
    }

    @Test
    void saysForWhatNoTimeWasLeft() {
        BackendReport report = run("exit 0", 1, false);
        assertTrue(report.steps().stream().allMatch(step -> step.outcome() == Outcome.NOT_BEGUN), report.toString());
        String markdown = ReportMarkdown.of(new Report(Environment.now(folder), List.of(), plan(), 1, List.of(report)));
        assertTrue(
                markdown.contains(
                        "- opencl, not begun: devices, tests, networks, blocks, pictures, model, picture, kernels (no time was left)"),
                markdown);
    }

    private Plan plan() {
        return new Plan(Set.of(), "narrow", 64, 2, 1, false, folder);
    }

    /** A report can be read back, with figures that are no numbers. */
    @Test
    void markdownAndJsonSayWhatWasWrong() {
        Checks pictures = new Checks("opencl: a device", "dB", List.of(
                Check.atLeast(40, "a star", 71.5), Check.atLeast(40, "a moon", Double.NaN), Check.atMost(1, "a sun", Double.NaN)));
        assertEquals(2, pictures.wrong().size());
        BackendReport backend = new BackendReport(
                "opencl",
                List.of(new StepResult(Step.PICTURES, Outcome.WRONG, 2.5, pictures.wrong())),
                Optional.of("opencl:0"), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(pictures), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.of(2600L));
        Report report = new Report(Environment.now(folder), List.of("a GPU, 580.1"), plan(), 60, List.of(backend));
        assertEquals(report, Json.parse(Json.pretty(report), Report.class, "report.json"));
        String markdown = ReportMarkdown.of(report);
        assertTrue(markdown.startsWith("# a GPU, 580.1"), markdown);
        assertTrue(markdown.contains("71.5 to NaN dB, **wrong** (2.50 s)"), markdown);
        assertTrue(markdown.contains("a moon: NaN dB, limit 40.0"), markdown);
        assertTrue(markdown.contains("| … memory of the GPU, from nvidia-smi | 2600 MiB |"), markdown);
    }

    /** A run that is replayed as one has no times of its parts: to say 0 s of the host would be wrong. */
    @Test
    void aReplayedRunHasNoTimesOfItsParts() {
        Environment environment = Environment.now(folder);
        NetworkMeasurement unet =
                new NetworkMeasurement(Part.UNET, 1, 2, Timing.of(0.5), Timing.of(0.5), 0, 0, 0, 1000, 4e-6, 10, 20, 0.5, List.of());
        ModelReport model = new ModelReport(
                environment, new EngineInfo("cuda:0", "a device", "f16"), "narrow", 64, 64, 1, List.of(unet), Optional.empty(),
                Optional.empty(), false);
        BackendReport backend = new BackendReport(
                "cuda", List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.of(model), Optional.empty(), Optional.empty(), Optional.empty());
        String markdown = ReportMarkdown.of(new Report(environment, List.of(), plan(), 60, List.of(backend)));
        assertTrue(markdown.contains("| … on the device | not known apart, a run is replayed as one |"), markdown);
        assertTrue(markdown.contains("| … host, launches, copies | not known apart, a run is replayed as one |"), markdown);
    }

    /** Every value of a small output is a sample, and a sample of a large one reaches every channel. */
    @Test
    void samplesFindErrors() {
        Tensor expected = tensor(0);
        BlockSample sample = BlockSample.of("block", expected);
        assertEquals(0, sample.error(expected));
        assertEquals(0.5, sample.error(tensor(0.5f)), 1e-6);
        assertTrue(Double.isNaN(sample.error(tensor(Float.NaN))));
        assertEquals(1, BlockSample.stride(8 * 8 * 4) % 2);
        assertEquals(1, BlockSample.stride(2 * 64 * 64 * 320) % 2);
    }

    private static Tensor tensor(float last) {
        float[] values = {1, -0.5f, 0.25f, last};
        return new Tensor(Shape.vector(1, 4), values);
    }

    /** One for each level of the UNet and of the decoder. */
    @Test
    void blocksOfAllLevels() {
        List<String> names = Blocks.of(Configuration.v1()).stream().map(block -> block.name()).toList();
        assertEquals(8, names.size());
        assertEquals("model.diffusion_model.output_blocks.2.", names.getFirst());
        assertEquals("first_stage_model.decoder.up.3.", names.getLast());
    }

    @Test
    void testsStopAtTheFirstFailure() throws IOException {
        TestRun run = DeviceTests.run(List.of(DiscoverySelectors.selectClass(Planted.class)));
        assertEquals(1, run.failures().size());
        assertTrue(run.failures().getFirst().startsWith("GpuReportTest$Planted.fails"), run.failures().getFirst());
        assertFalse(run.failures().getFirst().isBlank());
        TestRun right = DeviceTests.run(List.of(DiscoverySelectors.selectMethod(Planted.class, "passes")));
        assertEquals(new TestRun(1, 0, List.of()), right);
    }

    /** Is found by name only: the build's own run of tests leaves nested classes out that are not annotated. */
    static class Planted {
        @Test
        void fails() {
            assertEquals(1, 2);
        }

        @Test
        void failsToo() {
            assertEquals(1, 2);
        }

        @Test
        void passes() {
            assertEquals(2, 1 + 1);
        }
    }
}
