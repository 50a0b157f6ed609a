package stablediffusion.tests.gpu;

import stablediffusion.bench.Json;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.tests.SyntheticWeights;
import stablediffusion.tests.TenPictures;
import stablediffusion.tests.TinyShapes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;

/**
 * Holds what devices are compared with: pictures and samples of blocks that the CPU engine computes in single precision. They lie in a folder,
 * because a bare machine has no room for that engine's library.
 */
final class References {
    private final Path folder;

    References(Path folder) {
        this.folder = folder;
    }

    /** Makes what the folder {@code arguments[0]} lacks for the configurations that the other arguments name. */
    public static void main(String... arguments) throws IOException {
        References references = new References(Path.of(arguments[0]));
        try (Engine cpu = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            references.makePictures(cpu);
            for (int i = 1; i < arguments.length; i++) {
                references.makeBlocks(cpu, arguments[i]);
            }
        }
    }

    /** Reads the picture of a prompt of {@link TenPictures}. */
    Picture picture(int number) {
        try {
            return Picture.fromImage(ImageIO.read(pictureFile(number).toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the samples of a configuration's {@link Blocks}, in their order. */
    List<BlockSample> blocks(String configuration) {
        Path file = blocksFile(configuration);
        try {
            return List.of(Json.parse(Files.readString(file), BlockSample[].class, file.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path pictureFile(int number) {
        return folder.resolve("picture-" + number + ".png");
    }

    private Path blocksFile(String configuration) {
        return folder.resolve("blocks-" + configuration + ".json");
    }

    private void makePictures(Engine cpu) throws IOException {
        if (Files.exists(pictureFile(TenPictures.PROMPTS.size() - 1))) {
            return;
        }
        ModelDirectory model = TinyShapes.convert(Files.createTempDirectory("model"));
        try (Pipeline pipeline = new Pipeline(model.configuration(), model, cpu)) {
            for (int i = 0; i < TenPictures.PROMPTS.size(); i++) {
                String prompt = TenPictures.PROMPTS.get(i);
                System.err.println("CPU engine: " + prompt);
                Picture picture =
                        pipeline.generate(TenPictures.request(model.configuration(), prompt), PipelineListener.NONE).picture();
                PictureFile.write(picture, prompt, pictureFile(i));
            }
        }
    }

    private void makeBlocks(Engine cpu, String configuration) {
        if (Files.exists(blocksFile(configuration))) {
            return;
        }
        List<BlockSample> samples = new ArrayList<>();
        for (Graph block : Blocks.of(MeasuredModel.named(configuration))) {
            System.err.println("CPU engine: " + configuration + " " + block.name());
            try (Executable executable = cpu.compile(block, new SyntheticWeights())) {
                samples.add(BlockSample.of(block.name(), executable.run(RandomNumbers.inputs(block))));
            }
        }
        Json.write(Json.line(samples), blocksFile(configuration));
    }
}
