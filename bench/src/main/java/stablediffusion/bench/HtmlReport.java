package stablediffusion.bench;

import org.jfree.chart.JFreeChart;
import stablediffusion.bench.Comparison.BackendResult;
import stablediffusion.bench.Html.Cell;
import stablediffusion.model.ByteSize;
import stablediffusion.model.engine.Profile.Around;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Formats a comparison as a self-contained HTML page. All numbers are numbers of the comparison, rounded to three digits.
 */
public final class HtmlReport {
    private static final int BAR = 34;

    private final Comparison comparison;
    private final Html html = new Html();

    private HtmlReport(Comparison comparison) {
        this.comparison = comparison;
    }

    /** Formats the report. */
    public static String of(Comparison comparison) {
        return new HtmlReport(comparison).write();
    }

    private String write() {
        Environment environment = comparison.environment();
        html.note("%s at %dx%d pixels · %s · commit %s · %s · %s, %d threads · %s".formatted(
                comparison.model(), comparison.width(), comparison.height(), environment.time(), environment.commit(),
                environment.system(), environment.processor(), environment.threads(), environment.java()));
        boolean noisy = comparison.measured().stream()
                .anyMatch(backend -> backend.model().orElseThrow().noisy() || backend.kernels().filter(KernelReport::noisy).isPresent());
        if (noisy) {
            html.warning("The machine was noisy: the interquartile range of some measurements exceeds "
                    + Format.percent(Timing.MAX_SPREAD) + " of the median. They are marked with ~ and may differ on a repetition.");
        }
        backends();
        if (!comparison.measured().isEmpty()) {
            networks();
            breakdown();
        }
        pictures();
        kernels();
        comparison.tuning().ifPresent(this::tuning);
        return html.page("Stable Diffusion: backends compared");
    }

    private void backends() {
        List<String> headings = List.of("backend", "engine", "start-up", "peak host memory so far");
        html.heading("Backends").startTable(headings);
        for (BackendResult backend : comparison.backends()) {
            backend.model().ifPresent(model -> html.row(cells(
                    backend.backend(),
                    model.engine().description(),
                    Format.seconds(model.startUpSeconds()),
                    model.hostPeakBytes().map(ByteSize::format).orElse("unknown"))));
            backend.program().ifPresent(program -> html.row(cells(
                    backend.backend(), program.description() + "; built with " + program.build(), "", "")));
            backend.failure().ifPresent(why -> html.failedRow(backend.backend(), "failed: " + why, headings.size()));
        }
        html.endTable();
    }

    private void networks() {
        html.heading("Networks").note("Median after warm-up; the fastest is green. Errors are absolute differences from the output of "
                + comparison.reference() + " for the same inputs.");
        html.startRow();
        for (Part part : parts()) {
            List<Charts.Bar> bars = comparison.measured().stream()
                    .flatMap(backend -> backend.network(part).stream()
                            .map(network -> new Charts.Bar(
                                    backend.backend(), network.run().median(), Format.seconds(network.run().median()))))
                    .toList();
            String values = bars.stream().map(bar -> bar.name() + " " + bar.label()).collect(Collectors.joining(", "));
            html.chart(part.label() + ", " + part.description(), values, Svg.uri(Charts.bars(bars), Charts.WIDTH, 20 + BAR * bars.size()));
        }
        html.endRow();
        for (Part part : parts()) {
            html.startTable(
                    List.of(part.label(), "median", "quartiles", "x fastest", "GFLOP/s", "load", "compile", "compute", "copies", "launches",
                            "host", "weights", "activations", "largest error", "mean error"));
            for (BackendResult backend : comparison.measured()) {
                backend.network(part).ifPresent(network -> networkRow(backend, network));
            }
            html.endTable();
        }
    }

    private static String profiled(NetworkMeasurement network, double seconds) {
        return network.profiled() ? Format.seconds(seconds) : "–";
    }

    private void networkRow(BackendResult backend, NetworkMeasurement network) {
        Timing run = network.run();
        double times = backend.timesFastest().get(network.part());
        OutputError error = backend.agreement().get(network.part());
        html.row(List.of(
                Cell.of(backend.backend()),
                new Cell(Format.median(run), times == 1),
                Cell.of(Format.seconds(run.lowerQuartile()) + " – " + Format.seconds(run.upperQuartile())),
                new Cell(Format.digits(times), times == 1),
                Cell.of(Format.digits(network.gigaflops())),
                Cell.of(Format.seconds(network.loadSeconds())),
                Cell.of(Format.seconds(network.compileSeconds())),
                Cell.of(profiled(network, network.compute().median())),
                Cell.of(profiled(network, network.copySeconds())),
                Cell.of(profiled(network, network.launchSeconds())),
                Cell.of(profiled(network, network.hostSeconds())),
                Cell.of(ByteSize.format(network.weightBytes())),
                Cell.of(ByteSize.format(network.activationBytes())),
                Cell.of(Format.digits(error.maximum())),
                Cell.of(Format.digits(error.mean()))));
    }

    private void breakdown() {
        html.heading("Where the time goes").note("One profiled run of each network, by kind of operation.");
        List<String> names = Stream.of(
                Stream.of(OperationKind.values()).map(OperationKind::label),
                Stream.of(Around.values()).map(Around::description),
                Stream.of(ModelBenchmark.HOST))
                .flatMap(kinds -> kinds)
                .toList();
        for (Part part : parts()) {
            Map<String, Map<String, Double>> milliseconds = new LinkedHashMap<>();
            Set<String> kinds = new HashSet<>();
            for (BackendResult backend : comparison.measured()) {
                backend.network(part).filter(network -> !network.breakdown().isEmpty()).ifPresent(network -> {
                    Map<String, Double> shares = new LinkedHashMap<>();
                    network.breakdown().forEach(share -> shares.put(share.kind(), 1000 * share.seconds()));
                    milliseconds.put(backend.backend(), shares);
                    kinds.addAll(shares.keySet());
                });
            }
            if (milliseconds.isEmpty()) {
                continue;
            }
            html.chart(part.label(), "milliseconds by kind of operation, which the JSON beside this page lists",
                    Svg.uri(Charts.stackedBars(milliseconds, names, "ms"), Charts.WIDTH, 60 + BAR * milliseconds.size()));
            html.legend(colours(names, kinds));
            html.startTable(Stream.concat(Stream.of(part.label()), milliseconds.keySet().stream()).toList());
            for (String kind : names.stream().filter(kinds::contains).toList()) {
                html.row(cells(Stream.concat(
                        Stream.of(kind),
                        milliseconds.values().stream()
                                .map(shares -> shares.containsKey(kind) ? Format.seconds(shares.get(kind) / 1000) : "–"))
                        .toArray(String[]::new)));
            }
            html.endTable();
        }
    }

    private void pictures() {
        List<BackendResult> painted = comparison.finished().stream().filter(backend -> backend.picture().isPresent()).toList();
        if (painted.isEmpty()) {
            return;
        }
        PictureMeasurement first = painted.getFirst().pictureTimes().orElseThrow();
        html.heading("The same picture").note("\"%s\", seed %d, %d steps; PSNR against %s.".formatted(
                first.prompt(), first.seed(), first.steps(), comparison.reference()));
        html.startRow();
        for (BackendResult backend : painted) {
            String likeness = backend.samePicture()
                    ? "equal in every bit"
                    : backend.psnr().map(psnr -> "PSNR " + Format.digits(psnr) + " dB").orElse("not compared");
            double seconds = backend.pictureTimes().orElseThrow().seconds();
            html.picture(backend.backend() + ": " + Format.seconds(seconds) + ", " + likeness, backend.picture().orElseThrow());
        }
        html.endRow();
        html.startTable(Stream.concat(Stream.of("phase"), painted.stream().map(BackendResult::backend)).toList());
        for (String phase : Comparison.phases(painted)) {
            html.row(cells(Stream.concat(
                    Stream.of(phase),
                    painted.stream()
                            .map(backend -> backend.pictureTimes().orElseThrow().phases().get(phase))
                            .map(seconds -> seconds == null ? "–" : Format.seconds(seconds)))
                    .toArray(String[]::new)));
        }
        html.endTable();
    }

    private void kernels() {
        List<KernelReport> reports = comparison.measured().stream().flatMap(backend -> backend.kernels().stream()).toList();
        if (reports.isEmpty()) {
            return;
        }
        html.heading("Kernels").note("Each operation alone, at every shape of the networks. The roofline is measured on the same engine "
                + "by two probes; kernels whose data fits into caches can exceed it. Operations without products are in the table only.");
        for (KernelReport report : reports) {
            Roofline roofline = report.roofline();
            html.note("%s: %s GFLOP/s (%s), %s GB/s (%s)".formatted(
                    report.engine().backend(), Format.digits(roofline.gigaflops()), roofline.gemm(),
                    Format.digits(roofline.gigabytesPerSecond()), roofline.copy()));
        }
        html.chart("Rooflines (lines) and kernels (points)", "the table below has the values",
                Svg.uri(rooflines(reports), Charts.WIDTH, 320));
        List<String> backends = reports.stream().map(report -> report.engine().backend()).toList();
        html.legend(colours(backends, backends));
        List<String> headings = new ArrayList<>(List.of("operation", "count"));
        reports.forEach(report -> headings.addAll(List.of(report.engine().backend(), "GFLOP/s", "GB/s", "of roofline")));
        html.startTable(headings);
        Map<String, Integer> names = new LinkedHashMap<>();
        reports.forEach(report -> report.kernels().forEach(kernel -> names.putIfAbsent(kernel.name(), kernel.count())));
        names.forEach((name, count) -> kernelRow(name, count, reports));
        html.endTable();
    }

    private void kernelRow(String name, int count, List<KernelReport> reports) {
        List<Optional<KernelMeasurement>> measured = reports.stream()
                .map(report -> report.kernels().stream()
                        .filter(kernel -> kernel.name().equals(name) && kernel.failure().isEmpty())
                        .findFirst())
                .toList();
        double fastest = measured.stream().flatMap(Optional::stream).mapToDouble(kernel -> kernel.timing().median()).min().orElse(0);
        List<Cell> cells = new ArrayList<>(cells(name, Integer.toString(count)));
        for (Optional<KernelMeasurement> kernel : measured) {
            cells.addAll(kernel.map(found -> List.of(
                    new Cell(Format.median(found.timing()), reports.size() > 1 && found.timing().median() == fastest),
                    Cell.of(found.operations() == 0 ? "" : Format.digits(found.gigaflops())),
                    Cell.of(Format.digits(found.gigabytesPerSecond())),
                    Cell.of(Format.percent(found.rooflineShare()))))
                    .orElse(cells("failed", "", "", "")));
        }
        html.row(cells);
    }

    private static JFreeChart rooflines(List<KernelReport> reports) {
        List<Charts.Series> rooflines = new ArrayList<>();
        List<Charts.Series> points = new ArrayList<>();
        for (KernelReport report : reports) {
            Roofline roofline = report.roofline();
            List<double[]> kernels = report.kernels().stream()
                    .filter(kernel -> kernel.operations() > 0)
                    .map(kernel -> new double[] {(double) kernel.operations() / kernel.bytes(), kernel.gigaflops()})
                    .toList();
            double least = kernels.stream().mapToDouble(kernel -> kernel[0]).min().orElse(1);
            double most = kernels.stream().mapToDouble(kernel -> kernel[0]).max().orElse(1);
            double ridge = roofline.ridge();
            rooflines.add(new Charts.Series("roofline of " + report.engine().backend(), List.of(
                    new double[] {Math.min(least, ridge), roofline.bound(Math.min(least, ridge))},
                    new double[] {ridge, roofline.gigaflops()},
                    new double[] {Math.max(most, ridge), roofline.gigaflops()})));
            points.add(new Charts.Series(report.engine().backend(), kernels));
        }
        return Charts.rooflines(rooflines, points);
    }

    private void tuning(TuningReport tuning) {
        html.heading("Tuning").note("Search for the fastest block sizes on " + tuning.device() + ", " + tuning.environment().time() + ".");
        html.startTable(List.of("kernel", "default block size", "time", "fastest block size", "time"));
        for (TuningReport.Entry entry : tuning.entries()) {
            html.row(cells(entry.kernel(), entry.usual(), Format.seconds(entry.usualSeconds()), entry.chosen(),
                    Format.seconds(entry.chosenSeconds())));
        }
        html.endTable();
    }

    /** Returns the colours of some names, each of which has the colour of its place among all of them. */
    private static Map<String, String> colours(List<String> all, Collection<String> some) {
        Map<String, String> colours = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            if (some.contains(all.get(i))) {
                colours.put(all.get(i), Charts.htmlColour(i));
            }
        }
        return colours;
    }

    private List<Part> parts() {
        return comparison.measured().getFirst().model().orElseThrow().networks().stream().map(NetworkMeasurement::part).toList();
    }

    private static List<Cell> cells(String... texts) {
        return Stream.of(texts).map(Cell::of).toList();
    }
}
