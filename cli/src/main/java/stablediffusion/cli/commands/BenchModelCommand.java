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
import stablediffusion.bench.MeasurementProtocol;
import stablediffusion.bench.ModelBenchmark;
import stablediffusion.bench.ModelReport;
import stablediffusion.bench.PictureRequest;
import stablediffusion.bench.TextReport;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.options.MeasuredParts;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.Printable;
import stablediffusion.model.engine.Engine;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

@Command(
        name = "model",
        description = {
            "Measures the networks of a model and a whole picture: start-up, loading, copies and computing apart, peak memory, and where the "
                    + "time goes by kind of operation."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd bench model",
            "  sd bench model --config sd-v1 --size 256 --parts unet --steps 0",
            "  sd bench model --json --append history.jsonl"
        })
public final class BenchModelCommand implements Runnable {
    private static final long SEED = 42;

    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private MeasuredParts parts;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "20",
            description = "Number of denoising steps of the whole image; 0: no image. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = "a red circle on a blue background",
            description = "Prompt of the whole image. Default: ${DEFAULT-VALUE}.")
    private String prompt;

    @Option(names = "--json", description = "Print the report as JSON on the standard output.")
    private boolean json;

    @Option(names = "--append", paramLabel = "FILE",
            description = "Append the report to a history, as a line of JSON; see 'sd compare --history'.")
    private Optional<Path> history = Optional.empty();

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        // All that can be wrong with the options is found before anything slow begins.
        history.ifPresent(History::requireWritable);
        Optional<PictureRequest> picture = steps == 0 ? Optional.empty()
                : Optional.of(new PictureRequest(prompt, steps, SEED));
        MeasuredModel.Chosen chosen = model.open(messages);
        try (Engine engine = engineOptions.open()) {
            double startUp = ModelBenchmark.sinceStart();
            var workload = new ModelBenchmark.Workload(
                    chosen.name(),
                    chosen.configuration(),
                    chosen.weights(),
                    chosen.width(),
                    chosen.height(),
                    parts.get(),
                    picture.map(usual -> usual.with(chosen.defaults())),
                    MeasurementProtocol.forNetworks(),
                    SEED);
            ModelReport report = ModelBenchmark.run(
                    workload,
                    engine,
                    EngineInfo.of(engineOptions.backend(), engine),
                    Environment.now(ProjectFolder.path()),
                    startUp,
                    Messages.to(messages))
                    .report();
            spec.commandLine().getOut().println(json ? Printable.json(Json.pretty(report)) : Printable.lines(TextReport.of(report), ""));
            spec.commandLine().getOut().flush();
            history.ifPresent(file -> History.append(file, report));
        }
    }
}
