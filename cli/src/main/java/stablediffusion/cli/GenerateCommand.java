package stablediffusion.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.ModelDirectory;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

@Command(
        name = "generate",
        description = "Makes pictures from a text, or from a text and a picture.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        preprocessor = OriginalNames.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd generate \"a red circle on a blue background\"",
            "  sd generate \"a yellow star\" --sampler dpm++2m --schedule karras --steps 20 --seed 42 -o star.png",
            "  sd generate \"a white house with a red roof\" -n \"a black background\" -W 192 -H 128",
            "  sd generate \"a green ring\" -b 9 --grid -o \"rings/{seed}.png\"",
            "  sd generate \"a purple sun over the ocean\" -i photo.jpg --strength 0.6",
            "  sd generate \"a pink heart\" -i star.png --mask middle.png -o heart.png",
            "  sd generate \"a knight <lora:armour:0.8> in (bright:1.3) light\" --lora-dir loras",
            "  sd generate --prompts-file prompts.txt -b 2 --json",
            "",
            "Exit codes: 0 all pictures were made, 1 one could not be, 2 the command line was wrong, 130 Ctrl-C; finished pictures are kept."
        })
final class GenerateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "PROMPT", description = "What the picture shall show.")
    private Optional<String> prompt = Optional.empty();

    @ArgGroup(validate = false, heading = "%nPrompt:%n", order = 1)
    private PromptOptions promptOptions = new PromptOptions();

    @ArgGroup(validate = false, heading = "%nSize:%n", order = 2)
    private SizeOptions sizeOptions = new SizeOptions();

    @ArgGroup(validate = false, heading = "%nSampling:%n", order = 3)
    private SamplingOptions samplingOptions = new SamplingOptions();

    @ArgGroup(validate = false, heading = "%nFrom a picture:%n", order = 4)
    private SourceOptions sourceOptions = new SourceOptions();

    @ArgGroup(validate = false, heading = "%nOutput:%n", order = 5)
    private OutputOptions outputOptions = new OutputOptions();

    @ArgGroup(validate = false, heading = "%nModel:%n", order = 6)
    private ModelOptions modelOptions = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nMachine:%n", order = 7)
    private EngineOptions engineOptions = new EngineOptions();

    @ArgGroup(validate = false, heading = "%nMemory:%n", order = 8)
    private MemoryOptions memoryOptions = new MemoryOptions();

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        // All that can be wrong with the options is found before anything slow begins.
        List<String> prompts = prompts();
        promptOptions.check(prompts, new Tokenizer());
        Optional<SourceOptions.Original> original = sourceOptions.read();
        samplingOptions.check(original.map(SourceOptions.Original::strength));
        outputOptions.check();

        ModelDirectory model = modelOptions.open(messages);
        List<String> texts = new ArrayList<>(prompts);
        texts.add(promptOptions.negativePrompt);
        AdaptedModel adapted = modelOptions.adapted(model, texts);
        promptOptions.loras(prompts, adapted.tokenizer()).forEach(adapted::weights);
        List<Request> requests = requests(prompts, model.configuration(), original, messages);
        var parameters = new PictureParameters(ModelLibrary.name(model.folder()), samplingOptions, original);
        try (Interrupt interrupt = Interrupt.listen();
                Engine engine = engineOptions.open();
                Pipelines pipelines = new Pipelines(adapted, engine, memoryOptions.use())) {
            messages.println("engine: " + engine.description());
            Painter painter = new Painter(
                    pipelines, engine.description(), parameters, outputOptions, interrupt, spec.commandLine().getOut(), messages);
            try {
                painter.paint(requests);
            } catch (CancellationException e) {
                messages.println("interrupted; finished pictures: " + painter.finished() + " of " + requests.size());
                messages.flush();
            }
        }
    }

    private List<String> prompts() {
        Optional<String> one = prompt.or(promptOptions::named);
        if (one.isPresent() == promptOptions.fromFile()) {
            throw new ParameterException(spec.commandLine(), one.isPresent()
                    ? "PROMPT and --prompts-file exclude each other"
                    : "there is nothing to paint: write a PROMPT, or --prompts-file FILE");
        }
        return one.map(List::of).orElseGet(promptOptions::readFile);
    }

    private List<Request> requests(
            List<String> prompts, Configuration model, Optional<SourceOptions.Original> original, PrintWriter messages) {
        SizeOptions.Size size = sizeOptions.of(model.nativeSize(), original.map(SourceOptions.Original::picture));
        int skippedLayers = promptOptions.skippedLayers(model);
        Optional<Source> source = original.map(picture -> picture.fit(size, messages));
        long seed = samplingOptions.firstSeed();
        List<Request> requests = new ArrayList<>();
        for (String text : prompts) {
            for (int i = 0; i < outputOptions.batch(); i++) {
                requests.add(new Request(
                        text,
                        promptOptions.negativePrompt,
                        promptOptions.style(),
                        size.width(),
                        size.height(),
                        samplingOptions.sampler(),
                        samplingOptions.schedule(),
                        samplingOptions.steps,
                        samplingOptions.guidanceScale,
                        seed + i,
                        samplingOptions.rng,
                        skippedLayers,
                        source));
            }
        }
        return requests;
    }
}
