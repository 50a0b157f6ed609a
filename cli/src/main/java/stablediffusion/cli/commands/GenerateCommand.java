package stablediffusion.cli.commands;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.InitialImageOptions;
import stablediffusion.cli.options.MemoryOptions;
import stablediffusion.cli.options.ModelOptions;
import stablediffusion.cli.options.OriginalNames;
import stablediffusion.cli.options.OthersOptions;
import stablediffusion.cli.options.OutputOptions;
import stablediffusion.cli.options.PromptOptions;
import stablediffusion.cli.options.SamplingOptions;
import stablediffusion.cli.options.SizeOptions;
import stablediffusion.cli.output.Messages;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

@Command(
        name = "generate",
        description = "Generates images from text, or from text and an image.",
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
            "Exit codes: 0 all images were written, 1 failure, 2 wrong command line, 130 Ctrl-C. Finished images are kept."
        })
public final class GenerateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "PROMPT", description = "What the image shall show.")
    private Optional<String> prompt = Optional.empty();

    @ArgGroup(validate = false, heading = "%nPrompt:%n", order = 1)
    private PromptOptions promptOptions = new PromptOptions();

    @ArgGroup(validate = false, heading = "%nSize:%n", order = 2)
    private SizeOptions sizeOptions = new SizeOptions();

    @ArgGroup(validate = false, heading = "%nSampling:%n", order = 3)
    private SamplingOptions samplingOptions = new SamplingOptions();

    @ArgGroup(validate = false, heading = "%nFrom a picture:%n", order = 4)
    private InitialImageOptions initialImageOptions = new InitialImageOptions();

    @ArgGroup(validate = false, heading = "%nOutput:%n", order = 5)
    private OutputOptions outputOptions = new OutputOptions();

    @ArgGroup(validate = false, heading = "%nModel:%n", order = 6)
    private ModelOptions modelOptions = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nMachine:%n", order = 7)
    private EngineOptions engineOptions = new EngineOptions();

    @ArgGroup(validate = false, heading = "%nMemory:%n", order = 8)
    private MemoryOptions memoryOptions = new MemoryOptions();

    @ArgGroup(validate = false, order = 9)
    private OthersOptions othersOptions = new OthersOptions();

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        othersOptions.notes().forEach(note -> Messages.to(messages).accept("note: " + note));
        // All that can be wrong with the options is found before anything slow begins.
        PromptList list = new PromptList(prompts(), Messages.to(messages));
        GenerationRequest.Builder builder = builder();
        List<PromptList.Entry> requests = list.requests(text -> builder.prompt(text).build());
        outputOptions.check(requests.stream().map(PromptList.Entry::request).toList());
        try (Interrupt interrupt = Interrupt.listen();
                StableDiffusion stableDiffusion = memoryOptions.apply(engineOptions.apply(modelOptions.open(messages)))
                        .keepNetworks(requests.size() > 1 || outputOptions.count() > outputOptions.together())
                        .load()) {
            List<GenerationRequest> prepared = list.prepared(requests, request -> {
                GenerationRequest complete = stableDiffusion.prepare(request);
                complete.requireTogether(outputOptions.together());
                return complete;
            });
            Messages.to(messages).accept("engine: " + stableDiffusion.engine());
            new BatchGeneration(stableDiffusion, outputOptions, interrupt, spec.commandLine().getOut(), messages).run(prepared);
            list.requireComplete();
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

    /** Returns what all prompts have in common, the seed too. */
    private GenerationRequest.Builder builder() {
        GenerationRequest.Builder builder = GenerationRequest.prompt("");
        initialImageOptions.apply(builder);
        promptOptions.apply(builder);
        sizeOptions.apply(builder);
        samplingOptions.apply(builder);
        return builder;
    }
}
