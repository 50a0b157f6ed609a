package stablediffusion.bench;

import stablediffusion.bench.Comparison.BackendResult;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Formats the main figures of a comparison as a Markdown table with a column for each backend. All numbers are numbers of the comparison,
 * rounded to three digits.
 */
public final class MarkdownReport {
    private final Comparison comparison;
    private final List<BackendResult> backends;
    private final StringBuilder text = new StringBuilder();

    private MarkdownReport(Comparison comparison) {
        this.comparison = comparison;
        this.backends = comparison.finished();
    }

    /** Formats the report. */
    public static String of(Comparison comparison) {
        return new MarkdownReport(comparison).write();
    }

    private String write() {
        Environment environment = comparison.environment();
        line("%s at %dx%d pixels; %s, %d threads; %s; commit %s; %s. Medians; `~`: interquartile range above %s. Errors are"
                .formatted(
                        comparison.model(), comparison.width(), comparison.height(), environment.processor(), environment.threads(),
                        environment.java(), environment.commit(), environment.time(), Format.percent(Timing.MAX_SPREAD)));
        line("root mean square errors relative to " + comparison.reference() + ".");
        line("");
        if (!backends.isEmpty()) {
            tables();
        }
        comparison.backends()
                .forEach(backend -> backend.failure().ifPresent(why -> line("%n%s failed: %s".formatted(backend.backend(), why))));
        return text.toString().stripTrailing() + System.lineSeparator();
    }

    private void tables() {
        row("", BackendResult::backend);
        line("|---".repeat(backends.size() + 1) + "|");
        row("engine", backend -> backend.engine().orElseThrow());
        if (backends.stream().anyMatch(backend -> backend.program().isPresent())) {
            row("built with", backend -> backend.program().map(ProgramReport::build).orElse(""));
        }
        for (Part part : Part.values()) {
            if (backends.stream().anyMatch(backend -> backend.network(part).isPresent())) {
                row(part.label() + ", " + part.description(), backend -> of(backend, part, network -> run(backend, network)));
                row("… load, compile", backend -> of(backend, part,
                        network -> Format.seconds(network.loadSeconds()) + ", " + Format.seconds(network.compileSeconds())));
                row("… GFLOP/s", backend -> of(backend, part, network -> Format.digits(network.gigaflops())));
                row("… error", backend -> of(backend, part, _ -> Format.digits(backend.agreement().get(part).relative())));
            }
        }
        if (backends.stream().anyMatch(backend -> backend.picture().isPresent())) {
            row("a picture, total time", backend -> of(backend,
                    picture -> Format.seconds(picture.seconds()) + ", " + picture.steps() + " steps"));
            for (String phase : Comparison.phases(backends)) {
                row("… " + phase, backend -> of(backend,
                        picture -> Optional.ofNullable(picture.phases().get(phase)).map(Format::seconds).orElse("")));
            }
            row("… PSNR", backend -> backend.samePicture() ? "equal" : backend.psnr().map(psnr -> Format.digits(psnr) + " dB").orElse(""));
        }
    }

    private static String run(BackendResult backend, NetworkMeasurement network) {
        double times = backend.timesFastest().get(network.part());
        String median = Format.median(network.run());
        return times == 1 ? "**" + median + "**" : median + ", " + Format.digits(times) + " x";
    }

    private static String of(BackendResult backend, Part part, Function<NetworkMeasurement, String> words) {
        return backend.network(part).map(words).orElse("");
    }

    private static String of(BackendResult backend, Function<PictureMeasurement, String> words) {
        return backend.pictureTimes().map(words).orElse("");
    }

    private void row(String label, Function<BackendResult, String> words) {
        line(Stream.concat(Stream.of(label), backends.stream().map(words)).collect(Collectors.joining(" | ", "| ", " |")));
    }

    private void line(String words) {
        text.append(words).append(System.lineSeparator());
    }
}
