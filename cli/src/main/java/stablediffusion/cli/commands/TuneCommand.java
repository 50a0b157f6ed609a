package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.bench.Environment;
import stablediffusion.bench.KernelCase;
import stablediffusion.bench.MeasurementProtocol;
import stablediffusion.bench.OperationKind;
import stablediffusion.bench.Part;
import stablediffusion.bench.Tuner;
import stablediffusion.bench.TuningReport;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;
import stablediffusion.tornado.BlockSizes;
import stablediffusion.tornado.TunedBlockSizes;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

@Command(
        name = "tune",
        description = {
            "Tries block sizes for matrix products, convolutions and attention on a device of TornadoVM and keeps the best in tuning.json, "
                    + "which every later run on that device reads. Takes minutes; the machine should be quiet."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  sd tune", "  sd tune --device opencl:0 --config narrow --size 128"})
public final class TuneCommand implements Runnable {
    private static final String NOT_TUNABLE =
            " block sizes to tune: only TornadoVM's CPU devices have, as the kernels for GPUs have one size; 'sd devices' lists what there is";
    private static final int SHAPES = 3;
    private static final MeasurementProtocol PROTOCOL = new MeasurementProtocol(1, 3, 20, 0.5);

    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Option(names = "--device", paramLabel = "NAME", description = "As in 'sd devices'. Default: the first of TornadoVM.")
    private Optional<String> named = Optional.empty();

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        Device device = device();
        MeasuredModel.Chosen chosen = model.open(messages, Optional.of("sd-v1"));
        List<KernelCase> kernels = KernelCase.of(List.of(
                Part.UNET.graph(chosen.configuration(), chosen.width(), chosen.height()),
                Part.DECODER.graph(chosen.configuration(), chosen.width(), chosen.height())));
        BlockSizes.Choices choices = TunedBlockSizes.choices(device);
        BlockSizes usual = choices.usual();
        var linear = tuner(kernels, OperationKind.LINEAR).search(
                "linear", choices.products(),
                block -> TunedBlockSizes.open(device, Optional.empty(), new BlockSizes(block, usual.convolution(), usual.queries())));
        var convolution = tuner(kernels, OperationKind.CONVOLUTION).search(
                "3x3 convolution", choices.products(),
                block -> TunedBlockSizes.open(device, Optional.empty(), new BlockSizes(usual.linear(), block, usual.queries())));
        var attention = tuner(kernels, OperationKind.ATTENTION).search(
                "attention", choices.queries(),
                size -> TunedBlockSizes.open(device, Optional.empty(), new BlockSizes(usual.linear(), usual.convolution(), size)));
        TuningReport report = new TuningReport(
                Environment.now(ProjectFolder.path()), device.id(), device.name(),
                List.of(linear.entry(), convolution.entry(), attention.entry()));
        new TuningFile(ProjectFolder.tuningFile()).put(device.name(), new BlockSizes(linear.best(), convolution.best(), attention.best()),
                report);
        PrintWriter out = spec.commandLine().getOut();
        report.entries().forEach(entry -> out.printf(
                "%-16s %s: %.3g s, %s: %.3g s%n", entry.kernel(), entry.usual(), entry.usualSeconds(), entry.chosen(),
                entry.chosenSeconds()));
        out.println("wrote " + Printable.line(ProjectFolder.tuningFile().toString()));
        out.flush();
    }

    private Tuner tuner(List<KernelCase> kernels, OperationKind kind) {
        Consumer<String> log = Messages.to(spec.commandLine().getErr());
        return new Tuner(Tuner.mostCostly(kernels, kind, SHAPES), PROTOCOL, log);
    }

    private Device device() {
        return Engines.devices().stream()
                .filter(device -> TunedBlockSizes.tunable(device) && TunedBlockSizes.choices(device).several())
                .filter(device -> named.isEmpty() || named.get().equals(device.id()) || named.get().equals(device.backend()))
                .findFirst()
                .orElseThrow(() -> named.<UserException>map(name -> new InvalidRequestException("device " + name + " has no" + NOT_TUNABLE))
                        .orElseGet(() -> new UserException("no device here has" + NOT_TUNABLE)));
    }
}
