package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import stablediffusion.cli.output.ImageInspection;
import stablediffusion.cli.output.ModelText;
import stablediffusion.model.ByteSize;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.weights.Inspection;
import stablediffusion.weights.Statistics;
import stablediffusion.weights.checkpoint.CheckpointTensor;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

@Command(
        name = "inspect",
        description = "Describes a checkpoint or a converted model, or how an image was made.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd inspect sd-v1-4.ckpt                 what it is",
            "  sd inspect sd-v1-4.ckpt --tensors       every tensor in it",
            "  sd inspect models/sd-v1-4 --verify      whether it is still as it was converted",
            "  sd inspect star.png                     how the image was made, and the command that makes it again"
        })
public final class InspectCommand implements Runnable {
    @Parameters(paramLabel = "FILE|DIR", description = "A checkpoint (.ckpt, .safetensors), a converted model or an image.")
    private Path path;

    @Option(names = "--tensors", description = "List every tensor: type, shape, size.")
    private boolean listTensors;

    @Option(names = "--stats", description = "List every tensor with minimum, maximum, mean and the number of NaN.")
    private boolean statistics;

    @Option(names = "--verify", description = "Compute the checksums of a converted model again and compare them.")
    private boolean verify;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (ImageInspection.isPicture(path)) {
            ImageInspection.print(path, out);
            return;
        }
        try (Inspection inspection = Inspection.of(path)) {
            summarize(inspection, out);
            if (listTensors || statistics) {
                list(inspection, out);
            }
            if (verify) {
                verify(inspection, out);
            }
        }
    }

    private void summarize(Inspection inspection, PrintWriter out) {
        out.println(Printable.line(path + ": " + inspection.what()) + ", " + ByteSize.format(inspection.byteSize()));
        out.println("  model    " + inspection.configuration().map(ModelText::configuration).orElse("not a whole Stable Diffusion v1"));
        inspection.converted().ifPresent(model -> out.println("  licence  " + Printable.line(model.manifest().licence())));
        Map<String, Group> groups = new LinkedHashMap<>();
        for (CheckpointTensor tensor : inspection.tensors()) {
            groups.merge(Group.nameOf(tensor), Group.of(tensor), Group::plus);
        }
        groups.forEach((name, group) -> out.printf(
                "  %-8s %5d tensors, %13s numbers, %s, %s%n",
                name, group.tensors, String.format("%,d", group.numbers), group.types, ByteSize.format(group.bytes)));
    }

    /** Counts the tensors of one network. */
    private record Group(int tensors, long numbers, long bytes, String types) {
        static Group of(CheckpointTensor tensor) {
            return new Group(1, tensor.size(), tensor.byteSize(), tensor.type().name());
        }

        static String nameOf(CheckpointTensor tensor) {
            String name = tensor.name();
            if (name.startsWith("cond_stage_model.")) {
                return "text";
            }
            if (name.startsWith("model.diffusion_model.")) {
                return "unet";
            }
            if (name.startsWith("first_stage_model.")) {
                return "vae";
            }
            return name.startsWith("model_ema.") ? "ema" : "other";
        }

        Group plus(Group other) {
            String both = List.of(types.split(" ")).contains(other.types) ? types : types + " " + other.types;
            return new Group(tensors + other.tensors, numbers + other.numbers, bytes + other.bytes, both);
        }
    }

    private void list(Inspection inspection, PrintWriter out) {
        List<Statistics> all = statistics ? inspection.statistics() : List.of();
        out.println();
        for (int i = 0; i < inspection.tensors().size(); i++) {
            CheckpointTensor tensor = inspection.tensors().get(i);
            String line = String.format(
                    "%-5s %-16s %9s", tensor.type(), ModelText.shape(tensor.shape()), ByteSize.format(tensor.byteSize()));
            if (statistics) {
                Statistics seen = all.get(i);
                line += String.format("  min %11.4g  max %11.4g  mean %11.4g  NaN %d", seen.min(), seen.max(), seen.mean(),
                        seen.nanCount());
            }
            out.println(line + "  " + Printable.line(tensor.name()));
        }
    }

    private void verify(Inspection inspection, PrintWriter out) {
        List<String> damaged = inspection.damaged();
        if (!damaged.isEmpty()) {
            throw new UserException(
                    path + " is damaged, convert the checkpoint again: " + damaged.size() + " of " + inspection.tensors().size()
                            + " tensors differ from their checksums, " + damaged.getFirst() + " is the first");
        }
        out.println("  verified " + inspection.tensors().size() + " checksums: all match");
    }
}
