package stablediffusion.tests.fuzz;

import stablediffusion.GenerationRequest;
import stablediffusion.bench.History;
import stablediffusion.bench.HistoryReport;
import stablediffusion.bench.TuningReport;
import stablediffusion.cli.commands.TuningFile;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;
import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;
import stablediffusion.weights.adapter.Lora;
import stablediffusion.weights.adapter.LoraWeights;
import stablediffusion.weights.adapter.TextualInversion;
import stablediffusion.weights.adapter.TextualInversionEmbeddings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Lists what is read: every kind of file, prompts, command lines and requests to the server. */
final class Targets implements AutoCloseable {
    private static final List<String> PROMPT_PIECES = List.of(
            "(", ")", "[", "]", ":", "|", "<", ">", "\\", "((", "))", ":1.1)", ":0.5]", ":3]", "::7]", "|]", ":1e9)", ":-1)", "<lora:",
            "<lora:x:1>",
            "<lora:x:0.5:0.7>",
            "[a:b:0.5]", "[a:3]", "[a::0.9]", "[a|b]", "[[a|b]:c:2]",
            "<hypernet:x:1>", "AND", " AND ", "BREAK", " BREAK ", "a", "a red circle", ",", " ", "\n", "\t", "\0", "é", "\ud83d\ude00",
            "\ud83d",
            "日本語", "1", "0.5", "learned-word", "&amp;", "\u0130", "ﬁ", "\u0301");

    private final Path root;
    private final Path model;
    private final ModelDirectory opened;
    private final FuzzedServer server;
    private final HttpCases http;
    private final Tokenizer tokenizer = new Tokenizer(List.of());

    /**
     * Reads the files that are damaged.
     *
     * @param root of the source tree
     * @param work folder for a converted model
     */
    Targets(Path root, Path work) {
        this.root = root;
        this.model = work.resolve("model");
        this.opened = Converter.convert(
                root.resolve("models/tiny-shapes/tiny-shapes.ckpt"), model, Converter.Options.standard(), ConversionProgress.NONE);
        this.server = new FuzzedServer(model);
        this.http = new HttpCases(server, new Scratch(work));
    }

    List<Target> all() {
        return List.of(
                target("safetensors", this::safetensors),
                target("torch zip", this::torchZip),
                target("pickle", this::pickle),
                target("lora", this::lora),
                target("embedding", this::embedding),
                target("manifest", this::manifest),
                target("history", this::history),
                target("tuning", this::tuning),
                target("picture", this::picture),
                target("picture text", this::pictureText),
                target("prompt", this::prompt),
                target("prompts file", this::promptsFile),
                target("options", new RandomOptions(model)::run),
                target("http json", http::json),
                target("http form", http::form),
                target("http request", http::request));
    }

    private interface Body {
        void run(Mutator mutator, Scratch folder) throws Exception;
    }

    private static Target target(String name, Body body) {
        return new Target() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void run(Mutator mutator, Scratch folder) throws Exception {
                body.run(mutator, folder);
            }
        };
    }

    private byte[] file(String name) {
        try {
            return Files.readAllBytes(root.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] weights(String name) {
        return file("weights-tool/src/test/resources/stablediffusion/weights/" + name);
    }

    private void safetensors(Mutator mutator, Scratch folder) {
        byte[] original = weights(mutator.any(List.of("lora.safetensors", "learned-word.safetensors")));
        inspectAndConvert(mutator, folder.input("file.safetensors", safetensors(mutator, original)), folder);
    }

    private static byte[] safetensors(Mutator mutator, byte[] original) {
        return mutator.oneIn(2) ? mutator.bytes(original) : Containers.withHeader(original, mutator::text);
    }

    private void torchZip(Mutator mutator, Scratch folder) {
        inspectAndConvert(mutator, folder.input("file.ckpt", mutator.bytes(torchFile(mutator))), folder);
    }

    private byte[] torchFile(Mutator mutator) {
        return weights(mutator.any(List.of("learned-word-webui.pt", "learned-word-original.pt")));
    }

    private void pickle(Mutator mutator, Scratch folder) {
        byte[] original = torchFile(mutator);
        inspectAndConvert(mutator, folder.input("file.pt", Containers.withPickle(original, mutator::bytes)), folder);
    }

    private static void inspectAndConvert(Mutator mutator, Path file, Scratch folder) {
        CommandCase.run(List.of("inspect", file.toString(), mutator.oneIn(2) ? "--tensors" : "--stats"));
        Path output = folder.output("converted");
        if (CommandCase.run(List.of("convert", file.toString(), "-o", output.toString())) != 0) {
            folder.failed(output);
        }
    }

    private void lora(Mutator mutator, Scratch folder) {
        byte[] damaged = safetensors(mutator, weights("lora.safetensors"));
        Lora lora = Lora.read(folder.input("x.safetensors", damaged));
        readAll(new LoraWeights(opened, opened.configuration(), List.of(new LoraWeights.Applied(lora, 0.8f))));
    }

    private void embedding(Mutator mutator, Scratch folder) {
        boolean torch = mutator.oneIn(2);
        byte[] original = torch ? torchFile(mutator) : weights("learned-word.safetensors");
        byte[] damaged = torch ? Containers.withPickle(original, mutator::bytes) : safetensors(mutator, original);
        Path file = folder.input(torch ? "x.pt" : "x.safetensors", damaged);
        readAll(new TextualInversionEmbeddings(opened.configuration(), List.of(TextualInversion.read(file))).weights(opened));
    }

    private void readAll(Weights weights) {
        try (Arena arena = Arena.ofConfined()) {
            Blob.CLIP.weights(opened.configuration()).forEach(weight -> weights.read(weight, arena));
            Blob.UNET.weights(opened.configuration()).stream().limit(20).forEach(weight -> weights.read(weight, arena));
        }
    }

    private void manifest(Mutator mutator, Scratch folder) throws IOException {
        String original = Files.readString(model.resolve("manifest.json"));
        // Most of the file lists tensors; its beginning has the sizes of the networks.
        int head = Math.min(mutator.oneIn(2) ? 1500 : original.length(), original.length());
        String damaged = mutator.text(original.substring(0, head)) + original.substring(head);
        Path copy = folder.input("model/manifest.json", damaged.getBytes(StandardCharsets.UTF_8)).getParent();
        for (String blob : List.of("clip.f16", "unet.f16", "vae.f16")) {
            Files.createLink(folder.output("model/" + blob), model.resolve(blob));
        }
        CommandCase.run(List.of("inspect", copy.toString(), mutator.oneIn(2) ? "--tensors" : "--verify"));
        Path picture = folder.output("picture.png");
        if (CommandCase.run(List.of(
                "generate", "a star", "-m", copy.toString(), "--steps", "1", "-W", "8", "-H", "8", "--backend", "cpu", "-o",
                picture.toString())) != 0) {
            folder.failed(picture);
        }
    }

    private void history(Mutator mutator, Scratch folder) {
        Path file = folder.input("history.jsonl", damagedLines(mutator, "tests/src/test/resources/fuzz/history.jsonl"));
        HistoryReport.of(History.read(file));
    }

    private byte[] damagedLines(Mutator mutator, String name) {
        return mutator.text(new String(file(name), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }

    private void tuning(Mutator mutator, Scratch folder) {
        new TuningFile(folder.input("tuning.json", damagedLines(mutator, "tests/src/test/resources/fuzz/tuning.json")))
                .report()
                .ifPresent(TuningReport::entries);
    }

    private void picture(Mutator mutator, Scratch folder) {
        byte[] original = file("docs/pictures/" + mutator.any(List.of("mask.png", "circle.png")));
        String ending = ".png";
        if (mutator.oneIn(3)) {
            Path jpeg = folder.input("original.jpg", new byte[0]);
            PictureFile.write(Picture.fromImage(PictureFile.read(folder.input("original.png", original))), "a star\nSteps: 20", jpeg);
            original = read(jpeg);
            ending = ".jpg";
        }
        Path damaged = folder.input("damaged" + ending, mutator.bytes(original));
        CommandCase.run(List.of("inspect", damaged.toString()));
        Picture.fromImage(PictureFile.read(damaged));
    }

    private void pictureText(Mutator mutator, Scratch folder) {
        String text = mutator
                .text("a (red:1.2) circle, <lora:x:0.8>\nNegative prompt: blue\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
                        + "CFG scale: 7.5, Seed: 42, Size: 128x128, Model: x, Eta: 0.5, RNG: CPU, Lora hashes: \"x: 1a, y: 2b\"");
        Path file = folder.output("picture" + mutator.any(List.of(".png", ".jpg")));
        PictureFile.write(new Picture(8, 8, new byte[3 * 8 * 8]), text, file);
        CommandCase.run(List.of("inspect", file.toString()));
        Parameters.parse(Parameters.parse(text).format());
    }

    private void prompt(Mutator mutator, Scratch folder) {
        String text = promptText(mutator);
        PromptStyle style = mutator.any(List.of(PromptStyle.values()));
        GenerationRequest.prompt(text).literal(style == PromptStyle.LITERAL).negativePrompt(promptText(mutator)).build();
        style.read(text, tokenizer);
        style.read(style.schedule(text).at(1 + mutator.below(20), 20), tokenizer);
    }

    private void promptsFile(Mutator mutator, Scratch folder) {
        byte[] text = Stream.generate(() -> promptText(mutator)).limit(1 + mutator.below(5)).reduce("", (all, next) -> all + "\n" + next)
                .getBytes(StandardCharsets.UTF_8);
        Path file = folder.input("prompts.txt", mutator.oneIn(2) ? text : mutator.bytes(text));
        CommandCase.run(List.of("generate", "--prompts-file", file.toString(), "-m", model.toString(), "--backend", "none"));
    }

    private static String promptText(Mutator mutator) {
        StringBuilder text = new StringBuilder();
        for (int i = mutator.below(20); i >= 0; i--) {
            text.append(mutator.any(PROMPT_PIECES).repeat(mutator.oneIn(8) ? 1 << mutator.below(14) : 1));
        }
        return mutator.oneIn(3) ? mutator.text(text.toString()) : text.toString();
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.close();
    }

    /** Returns the names of all targets. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        all().forEach(target -> names.add(target.name()));
        return names;
    }
}
