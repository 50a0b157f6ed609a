package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.bench.EngineInfo;
import stablediffusion.bench.Environment;
import stablediffusion.bench.History;
import stablediffusion.bench.Json;
import stablediffusion.bench.KernelBenchmark;
import stablediffusion.bench.KernelCase;
import stablediffusion.bench.KernelMeasurement;
import stablediffusion.bench.KernelReport;
import stablediffusion.bench.KernelTable;
import stablediffusion.bench.MeasurementProtocol;
import stablediffusion.bench.Roofline;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.options.MeasuredParts;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Printable;
import stablediffusion.model.engine.Engine;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

@Command(
        name = "kernels",
        description = {
            "Measures each operation of a model at every shape that it has there: median and spread of warmed-up runs, GFLOP/s, GB/s and the "
                    + "share of what the device can do, which two short probes measure first."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd bench kernels",
            "  sd bench kernels --filter \"3x3 convolution\" --size 256 --backend opencl",
            "  sd bench kernels --config narrow --csv > kernels.csv"
        })
public final class BenchKernelsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Mixin
    private EngineOptions engineOptions;

    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Measure only operations whose name or shape contains this text, for instance attention, linear or 64x64x320.")
    private String filter;

    @Mixin
    private MeasuredParts parts;

    @Option(names = "--seconds", paramLabel = "N",
            description = "Begin no further operation after so many seconds; those that take most of the time are measured first. Default: no limit.")
    private double seconds = Double.POSITIVE_INFINITY;

    @Option(names = "--json", description = "Print the report as JSON on the standard output.")
    private boolean json;

    @Option(names = "--csv", description = "Print the report as comma-separated values on the standard output.")
    private boolean csv;

    @Option(names = "--append", paramLabel = "FILE",
            description = "Append the report to a history, as a line of JSON; see 'sd compare --history'.")
    private Optional<Path> history = Optional.empty();

    @Override
    public void run() {
        if (json && csv) {
            throw new InvalidRequestException("--json and --csv exclude each other");
        }
        history.ifPresent(History::requireWritable);
        PrintWriter messages = spec.commandLine().getErr();
        MeasuredModel.Chosen chosen = model.open(messages, Optional.of("sd-v1"));
        List<KernelCase> kernels = KernelCase.of(parts.get().stream()
                .map(part -> part.graph(chosen.configuration(), chosen.width(), chosen.height()))
                .toList())
                .stream()
                .filter(kernel -> kernel.name().toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT)))
                .toList();
        if (kernels.isEmpty()) {
            throw new InvalidRequestException(
                    "no operation of " + chosen.name() + " contains \"" + filter + "\"; try linear, convolution or attention");
        }
        try (Engine engine = engineOptions.openForKernels()) {
            Messages.to(messages).accept("engine: " + engine.description());
            KernelBenchmark benchmark = new KernelBenchmark(engine, MeasurementProtocol.forKernels());
            Messages.to(messages).accept("probing what the device can do …");
            Roofline roofline = benchmark.roofline();
            List<KernelMeasurement> measurements = benchmark.run(kernels, roofline, seconds, Messages.to(messages));
            KernelReport report = new KernelReport(
                    Environment.now(ProjectFolder.path()),
                    EngineInfo.of(engineOptions.backend(), engine),
                    chosen.name(),
                    chosen.width(),
                    chosen.height(),
                    roofline,
                    measurements,
                    kernels.size() - measurements.size(),
                    measurements.stream().anyMatch(kernel -> kernel.timing().noisy()));
            PrintWriter out = spec.commandLine().getOut();
            out.println(json ? Printable.json(Json.pretty(report))
                    : Printable.lines(csv ? KernelTable.csv(report) : KernelTable.text(report), ""));
            out.flush();
            history.ifPresent(file -> History.append(file, report));
        }
    }
}
