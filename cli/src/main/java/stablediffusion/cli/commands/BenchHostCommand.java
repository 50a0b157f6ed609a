package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.bench.EngineInfo;
import stablediffusion.bench.Environment;
import stablediffusion.bench.HostBenchmark;
import stablediffusion.bench.HostMeasurement;
import stablediffusion.bench.HostReport;
import stablediffusion.bench.Json;
import stablediffusion.bench.Part;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.options.MeasuredParts;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.Printable;
import stablediffusion.model.engine.Engine;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

@Command(
        name = "host",
        description = {
            "Measures what the host does for a run of a network: tasks, time by the clock and processor time. Where kernels take no time, as with "
                    + "--config narrow --size 64 or on a device whose launches do nothing, the time is the host's alone."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd bench host --config narrow --size 64 --parts unet",
            "  sd bench host --config narrow --size 64 --parts unet --no-device-graphs"
        })
public final class BenchHostCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private MeasuredParts parts;

    @Option(names = "--json", description = "Print the report as JSON on the standard output.")
    private boolean json;

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        MeasuredModel.Chosen chosen = model.open(messages);
        try (Engine engine = engineOptions.open()) {
            List<HostMeasurement> networks = new ArrayList<>();
            for (Part part : parts.get()) {
                Messages.to(messages).accept(part.label() + " …");
                networks.add(HostBenchmark.run(
                        part, chosen.configuration(), chosen.weights(), chosen.width(), chosen.height(), engine));
            }
            HostReport report = new HostReport(
                    Environment.now(ProjectFolder.path()),
                    EngineInfo.of(engineOptions.backend(), engine),
                    chosen.name(),
                    chosen.width(),
                    chosen.height(),
                    networks);
            spec.commandLine().getOut().println(json ? Printable.json(Json.pretty(report)) : Printable.lines(report.text(), ""));
            spec.commandLine().getOut().flush();
        }
    }
}
