package stablediffusion.tests.gpu;

import stablediffusion.bench.Environment;
import stablediffusion.bench.Format;
import stablediffusion.bench.KernelMeasurement;
import stablediffusion.bench.KernelReport;
import stablediffusion.bench.ModelReport;
import stablediffusion.bench.NetworkMeasurement;
import stablediffusion.bench.Part;
import stablediffusion.model.ByteSize;
import stablediffusion.tests.gpu.StepResult.Outcome;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes a report as Markdown: a table with a column for each backend, the costliest kernels, and what is missing. */
final class ReportMarkdown {
    private static final int KERNELS = 20;
    private static final String TOGETHER = "not known apart, a run is replayed as one";

    private final Report report;
    private final StringBuilder text = new StringBuilder();

    private ReportMarkdown(Report report) {
        this.report = report;
    }

    static String of(Report report) {
        return new ReportMarkdown(report).write();
    }

    private String write() {
        Environment environment = report.environment();
        Plan plan = report.plan();
        line("# " + (report.gpus().isEmpty() ? "Without nvidia-smi" : String.join("; ", report.gpus())));
        line("");
        line("%s with random weights at %dx%d pixels; %s, %d threads; %s; %s; commit %s; %s; made in %s. Medians; `~`: interquartile range above 10%%."
                .formatted(
                        plan.configuration(), plan.size(), plan.size(), environment.processor(), environment.threads(),
                        environment.system(),
                        environment.java(), environment.commit(), environment.time(), Format.seconds(report.seconds())));
        line("");
        checks();
        measurements();
        report.backends().forEach(backend -> backend.kernels().ifPresent(kernels -> kernels(backend.backend(), kernels)));
        missing();
        return text.toString().stripTrailing() + System.lineSeparator();
    }

    private void checks() {
        row("", BackendReport::backend);
        line("|---".repeat(report.backends().size() + 1) + "|");
        row("engine", backend -> backend.model().map(model -> model.engine().description())
                .or(() -> backend.pictures().map(Checks::engine))
                .orElse(""));
        row("tests of kernels", backend -> tests(backend, Step.TESTS, backend.tests()));
        row("tests of networks", backend -> tests(backend, Step.NETWORKS, backend.networks()));
        row("blocks of full size, largest error", backend -> checks(backend, Step.BLOCKS, backend.blocks(), true));
        row("ten pictures, PSNR", backend -> checks(backend, Step.PICTURES, backend.pictures(), false));
    }

    private void measurements() {
        for (Part part : List.of(Part.UNET, Part.CLIP, Part.DECODER)) {
            row(part.label() + ", " + part.description(), backend -> of(backend, part, network -> Format.median(network.run())));
            row("… TFLOP/s", backend -> of(backend, part, network -> Format.digits(network.gigaflops() / 1000)));
            row("… on the device",
                    backend -> of(backend, part, network -> network.profiled() ? Format.median(network.compute()) : TOGETHER));
            row("… host, launches, copies", backend -> of(backend, part, network -> network.profiled()
                    ? Format.seconds(network.hostSeconds()) + ", " + Format.seconds(network.launchSeconds()) + ", "
                            + Format.seconds(network.copySeconds())
                    : TOGETHER));
            row("… load, compile", backend -> of(backend, part,
                    network -> Format.seconds(network.loadSeconds()) + ", " + Format.seconds(network.compileSeconds())));
            row("… weights, activations", backend -> of(backend, part,
                    network -> ByteSize.format(network.weightBytes()) + ", " + ByteSize.format(network.activationBytes())));
        }
        row("a picture, %d steps, loading and compiling included".formatted(report.plan().steps()),
                backend -> backend.picture().flatMap(ModelReport::picture).map(picture -> Format.seconds(picture.seconds())).orElse(""));
        row("… phases", backend -> backend.picture().flatMap(ModelReport::picture)
                .map(picture -> picture.phases().entrySet().stream()
                        .map(phase -> phase.getKey() + " " + Format.seconds(phase.getValue()))
                        .collect(Collectors.joining(", ")))
                .orElse(""));
        row("… memory of the GPU, from nvidia-smi", backend -> backend.gpuMemory().map(used -> used + " MiB").orElse(""));
        row("… memory of the process", backend -> backend.picture().flatMap(ModelReport::hostPeakBytes).map(ByteSize::format).orElse(""));
        row("large product, large copy", backend -> backend.kernels().map(KernelReport::roofline)
                .map(peak -> Format.digits(peak.gigaflops() / 1000) + " TFLOP/s, " + Format.digits(peak.gigabytesPerSecond()) + " GB/s")
                .orElse(""));
    }

    private void kernels(String backend, KernelReport kernels) {
        line("");
        line("## Kernels of the UNet on " + backend);
        line("");
        line("| kernel | shape | count | median | GFLOP/s | GB/s | of what the device can do |");
        line("|---|---|---|---|---|---|---|");
        kernels.kernels().stream()
                .filter(kernel -> kernel.failure().isEmpty())
                .sorted(Comparator.comparingDouble((KernelMeasurement kernel) -> kernel.count() * kernel.timing().median()).reversed())
                .limit(KERNELS)
                .forEach(kernel -> line("| %s | %s | %d | %s | %s | %s | %s |".formatted(
                        kernel.kind().label(), kernel.shape(), kernel.count(), Format.median(kernel.timing()),
                        Format.digits(kernel.gigaflops()), Format.digits(kernel.gigabytesPerSecond()),
                        Format.percent(kernel.rooflineShare()))));
        line("");
        line("The costliest of %d that were measured; %d were left out for lack of time.".formatted(
                kernels.kernels().size(), kernels.leftOut()));
        kernels.kernels().forEach(kernel -> kernel.failure().ifPresent(why -> line("%n%s failed: %s".formatted(kernel.name(), why))));
    }

    private void missing() {
        Map<String, List<String>> steps = new LinkedHashMap<>();
        for (BackendReport backend : report.backends()) {
            for (StepResult step : backend.steps()) {
                if (step.outcome() != Outcome.DONE) {
                    String why = "- " + backend.backend() + ", " + step.outcome().label() + ": %s"
                            + (step.remarks().isEmpty() ? "" : " (" + String.join("; ", step.remarks()) + ")");
                    steps.computeIfAbsent(why, _ -> new ArrayList<>()).add(step.step().title());
                }
            }
        }
        List<String> lines = new ArrayList<>();
        steps.forEach((why, titles) -> lines.add(why.replaceFirst("%s", String.join(", ", titles))));
        line("");
        line("## Not done");
        line("");
        line(lines.isEmpty() ? "Nothing: every step of every backend is done." : String.join(System.lineSeparator(), lines));
    }

    private static String tests(BackendReport backend, Step step, Optional<TestRun> run) {
        return outcome(backend, step, run.map(tests -> tests.passed() + " pass"
                + (tests.failures().isEmpty() ? "" : ", **" + tests.failures().size() + " fail**")));
    }

    private static String checks(BackendReport backend, Step step, Optional<Checks> run, boolean largest) {
        return outcome(backend, step, run.filter(checks -> !checks.checks().isEmpty()).map(checks -> {
            double[] figures = checks.checks().stream().mapToDouble(Checks.Check::figure).sorted().toArray();
            String range = largest
                    ? Format.digits(figures[figures.length - 1])
                    : String.format(Locale.ROOT, "%.1f to %.1f %s", figures[0], figures[figures.length - 1], checks.unit());
            return range + (checks.right() ? "" : ", **wrong**");
        }));
    }

    /** Returns the figures of a step with its time, or why there are none. */
    private static String outcome(BackendReport backend, Step step, Optional<String> figures) {
        return backend.steps().stream()
                .filter(result -> result.step() == step)
                .findFirst()
                .map(result -> figures.filter(_ -> result.outcome() == Outcome.DONE || result.outcome() == Outcome.WRONG)
                        .map(text -> text + " (" + Format.seconds(result.seconds()) + ")")
                        .orElse(result.outcome().label()))
                .orElse("");
    }

    private static String of(BackendReport backend, Part part, Function<NetworkMeasurement, String> words) {
        return backend.model().stream()
                .flatMap(model -> model.networks().stream())
                .filter(network -> network.part() == part)
                .map(words)
                .findFirst()
                .orElse("");
    }

    /** Writes a row of the table, unless all its cells are empty. */
    private void row(String label, Function<BackendReport, String> cell) {
        List<String> cells = report.backends().stream().map(cell).toList();
        if (cells.stream().allMatch(String::isEmpty)) {
            return;
        }
        line(cells.stream().collect(Collectors.joining(" | ", "| " + label + " | ", " |")));
    }

    private void line(String line) {
        text.append(line).append(System.lineSeparator());
    }
}
