package stablediffusion.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Generated;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.random.TorchDevice;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Spacing;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.ModelDirectory;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

@Command(
        name = "generate",
        description = "Makes a picture from a text.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd generate \"a red circle on a blue background\"",
            "  sd generate \"a yellow star\" --steps 20 --cfg-scale 5 --seed 42 -o star.png",
            "  sd generate \"a white house with a red roof\" -n \"a black background\" -W 192 -H 128"
        })
final class GenerateCommand implements Runnable {
    /** Seeds of the original scripts are as large; they fit a number field of any other tool. */
    private static final long LARGEST_RANDOM_SEED = 1L << 32;

    @Spec
    private CommandSpec spec;

    @picocli.CommandLine.Parameters(paramLabel = "PROMPT", description = "What the picture shall show.")
    private String prompt;

    @Option(names = {"-n", "--negative-prompt"}, paramLabel = "TEXT", defaultValue = "", description = "What it shall not show.")
    private String negativePrompt;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of denoising. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--cfg-scale",
            paramLabel = "X",
            defaultValue = "7.5",
            description = "How strictly the prompt is followed (classifier-free guidance). Default: ${DEFAULT-VALUE}.")
    private float guidanceScale;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            description = "Start of all random numbers: the same seed gives the same picture. Default: a random one, which is printed.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = {"-W", "--width"}, paramLabel = "PIXELS", description = "A multiple of 8. Default: the model's own.")
    private Optional<Integer> width = Optional.empty();

    @Option(names = {"-H", "--height"}, paramLabel = "PIXELS", description = "A multiple of 8. Default: the model's own.")
    private Optional<Integer> height = Optional.empty();

    @Option(names = "--sampler", paramLabel = "NAME", defaultValue = "plms", description = "Default: ${DEFAULT-VALUE}.")
    private String sampler;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The PNG to write. Default: out/, a name from prompt and seed.")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "A converted model's folder, its name in models/, or a checkpoint, which is converted first. Default: the "
                    + "newest converted model, else the bundled one.")
    private Optional<String> model = Optional.empty();

    @Option(names = "--json", description = "Print what was done as JSON on the standard output, and all else on the error output.")
    private boolean json;

    @Mixin
    private EngineOptions engineOptions;

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        ModelDirectory weights = ModelLibrary.standard().open(model, messages);
        Configuration configuration = weights.configuration();
        Request request = new Request(
                prompt,
                negativePrompt,
                PromptStyle.MARKED,
                width.orElse(configuration.nativeSize()),
                height.orElse(configuration.nativeSize()),
                Samplers.byName(sampler),
                Spacing.DISCRETE,
                steps,
                guidanceScale,
                seed.orElseGet(() -> ThreadLocalRandom.current().nextLong(LARGEST_RANDOM_SEED)),
                TorchDevice.CPU,
                0,
                Optional.empty());
        try (Engine engine = engineOptions.open();
                Pipeline pipeline = new Pipeline(configuration, weights, engine);
                Interrupt interrupt = Interrupt.listen();
                ProgressDisplay progress = new ProgressDisplay(System.err, ProgressDisplay.onTerminal(), interrupt::requested)) {
            messages.println("engine: " + engine.description());
            messages.println("seed: " + request.seed());
            messages.flush();
            Generated generated = pipeline.generate(request, progress);
            progress.close();
            Path file = output.orElseGet(() -> OutputFile.unused(prompt, request.seed()));
            Parameters parameters = parameters(request, ModelLibrary.name(weights.folder()));
            PictureFile.writePng(generated.picture(), parameters.format(), file);
            report(file, parameters, engine.description(), progress.times());
        }
    }

    private Parameters parameters(Request request, String modelName) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", Integer.toString(request.steps()));
        settings.put("Sampler", sampler);
        settings.put("CFG scale", Float.toString(request.guidanceScale()).replaceFirst("\\.0$", ""));
        settings.put("Seed", Long.toString(request.seed()));
        settings.put("Size", request.width() + "x" + request.height());
        settings.put("Model", modelName);
        return new Parameters(prompt, negativePrompt, settings);
    }

    private void report(Path file, Parameters parameters, String engine, Map<?, Duration> times) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("file", file.toAbsolutePath().normalize().toString());
            report.put("prompt", parameters.prompt());
            report.put("negativePrompt", parameters.negativePrompt());
            report.put("settings", parameters.settings());
            report.put("engine", engine);
            Map<String, Double> seconds = new LinkedHashMap<>();
            times.forEach((phase, time) -> seconds.put(phase.toString().toLowerCase(Locale.ROOT), time.toMillis() / 1000.0));
            report.put("seconds", seconds);
            out.println(new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
        } else {
            out.println("wrote " + file);
        }
        out.flush();
    }
}
