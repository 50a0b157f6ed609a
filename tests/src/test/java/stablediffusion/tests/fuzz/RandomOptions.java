package stablediffusion.tests.fuzz;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import stablediffusion.cli.Main;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes command lines of options and values that exist and of some that do not. None gets as far as computing: the device does not exist. */
final class RandomOptions {
    private static final List<String> COMMANDS =
            List.of("generate", "generate", "generate", "convert", "inspect", "export", "compare", "bench model", "bench kernels",
                    "bench host", "tune", "devices", "completion", "synth", "nothing");
    private static final List<String> VALUES = List.of(
            "0", "1", "-1", "8", "64", "100", "1000", "1001", "2147483648", "1e9", "NaN", "Infinity", "-0.0", "0.5", "", " ", "-", "--",
            "x", "/", ".",
            "..", "~", "a red circle", "(((", "<lora:x:1>", "<hypernet:x>", "euler", "dpm++2m karras", "karras", "f16", "bf16", "auto",
            "cpu",
            "opencl:0", "cuda", "4G", "99999999999999999999T", "{seed}.png", "{x}.png", "x.webp", "/dev/null", "/dev/full", "/proc/1/x.png",
            "unet,clip", "sd-v1", "@x", "$(x)", "\u001b[31m", "\n", "\0", "é", "\ud800", "x".repeat(5000), "cpu@f32", "cpu@x", "@");

    private final Path model;

    RandomOptions(Path model) {
        this.model = model;
    }

    void run(Mutator mutator, Scratch folder) {
        List<String> command = List.of(mutator.any(COMMANDS).split(" "));
        List<String> words = new ArrayList<>(command);
        List<String> options = options(command);
        for (int i = mutator.below(6); i > 0; i--) {
            if (!options.isEmpty() && !mutator.oneIn(6)) {
                String option = mutator.any(options);
                words.add(mutator.oneIn(10) ? option + "=" + mutator.any(VALUES) : option);
            }
            if (!mutator.oneIn(4)) {
                words.add(mutator.oneIn(8) ? mutator.text(mutator.any(VALUES)) : mutator.any(VALUES));
            }
        }
        switch (command.getFirst()) {
            case "generate" ->
                    words.addAll(List.of("--model", model.toString(), "--backend", "none", "--outdir", folder.folder().toString()));
            case "compare" -> words.addAll(List.of("--config", "narrow", "--backends", "none", "-o", folder.folder() + "/x.html"));
            case "bench" -> words.addAll(List.of("--config", "narrow", "--backend", "none"));
            case "tune" -> words.addAll(List.of("--device", "none"));
            case "synth", "export" -> words.addAll(List.of("--output", folder.folder() + "/x.bin"));
            case "convert" -> words.addAll(List.of("--output", folder.folder() + "/x"));
            default -> {}
        }
        CommandCase.run(words);
    }

    private static List<String> options(List<String> command) {
        CommandLine found = Main.commandLine();
        for (String name : command) {
            found = found.getSubcommands().get(name);
            if (found == null) {
                return List.of();
            }
        }
        return found.getCommandSpec().options().stream().map(OptionSpec::longestName).toList();
    }
}
