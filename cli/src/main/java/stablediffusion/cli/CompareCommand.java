package stablediffusion.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.bench.Comparison;
import stablediffusion.bench.ComparisonRun;
import stablediffusion.bench.Environment;
import stablediffusion.bench.History;
import stablediffusion.bench.HistoryReport;
import stablediffusion.bench.HtmlReport;
import stablediffusion.bench.Json;
import stablediffusion.bench.KernelCase;
import stablediffusion.bench.ModelBenchmark;
import stablediffusion.bench.Part;
import stablediffusion.bench.PictureRequest;
import stablediffusion.bench.Protocol;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

@Command(
        name = "compare",
        description = {
            "Measures the same networks, kernels and picture on several backends, compares what they compute, and writes a report: a page of "
                    + "HTML that needs no network, and beside it the same as JSON."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd compare",
            "  sd compare --backends cpu,opencl --config sd-v1 --size 256 --steps 0 -o sd-v1.html",
            "  sd compare --history history.jsonl -o history.html"
        })
final class CompareCommand implements Runnable {
    private static final long SEED = 42;

    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Option(names = "--backends", split = ",", paramLabel = "NAME", description = "What to compare, as in 'sd devices'. Default: all that are there.")
    private List<String> backends = List.of();

    @Option(names = "--precision", paramLabel = "NAME", defaultValue = "auto", description = "Of all of them: ${COMPLETION-CANDIDATES}.")
    private EngineOptions.PrecisionChoice precision;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "20",
            description = "Steps of the picture; 0: no picture. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = "a red circle on a blue background",
            description = "Of the picture. Default: ${DEFAULT-VALUE}.")
    private String prompt;

    @Option(names = "--no-kernels", description = "Leave out the single operations.")
    private boolean noKernels;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            defaultValue = "report.html",
            description = "The page to write; the JSON goes beside it. Default: ${DEFAULT-VALUE}.")
    private Path output;

    @Option(names = "--history", paramLabel = "FILE", description = "Measure nothing; plot what 'sd bench … --append FILE' has collected.")
    private Optional<Path> history = Optional.empty();

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (history.isPresent()) {
            Json.write(HistoryReport.of(History.read(history.get())), output);
            out.println("wrote " + output);
            return;
        }
        PrintWriter messages = spec.commandLine().getErr();
        MeasuredModel.Chosen chosen = model.open(messages);
        var subject = new ModelBenchmark.Subject(
                chosen.name(),
                chosen.configuration(),
                chosen.weights(),
                chosen.width(),
                chosen.height(),
                EnumSet.allOf(Part.class),
                steps == 0 ? Optional.empty() : Optional.of(new PictureRequest(prompt, steps, 7.5f, SEED)),
                Protocol.forNetworks(),
                SEED);
        List<KernelCase> kernels = noKernels
                ? List.of()
                : KernelCase.of(subject.parts().stream()
                        .map(part -> part.graph(chosen.configuration(), chosen.width(), chosen.height()))
                        .toList());
        List<String> chosenBackends = backends.isEmpty() ? Engines.devices().stream().map(Device::id).toList() : backends;
        Comparison comparison = new ComparisonRun(
                        subject, kernels, Protocol.forKernels(), Environment.now(ModelLibrary.home()), Messages.to(messages))
                .run(chosenBackends, precision.precision())
                .with(TuningFile.standard().report());
        Path json = output.resolveSibling(output.getFileName().toString().replaceFirst("\\.html?$", "") + ".json");
        Json.write(Json.pretty(comparison), json);
        Json.write(HtmlReport.of(comparison), output);
        out.println("wrote " + output + " and " + json);
        out.flush();
    }
}
