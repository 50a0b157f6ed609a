import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;

import java.nio.file.Path;

/** Generates an image: {@code java GenerateImage MODEL PROMPT FILE}. */
public class GenerateImage {
    public static void main(String[] arguments) {
        try (StableDiffusion sd = StableDiffusion.load(Path.of(arguments[0]))) {
            GeneratedImage image = sd.generate(GenerationRequest.prompt(arguments[1]).steps(20).seed(42).build());
            image.save(Path.of(arguments[2]));
        }
    }
}
