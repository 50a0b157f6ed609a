package stablediffusion.cli.output;

import stablediffusion.GenerationListener;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes the images that the denoising predicts beside the final ones. */
public final class Previews {
    private Previews() {}

    /**
     * Writes the previews of a step if it is their turn. The last step has none: it predicts the final images.
     *
     * @param every steps from one preview to the next
     * @param files of the final images, one for each that takes the step
     */
    public static void write(GenerationListener.Step step, int every, List<Path> files) {
        if (step.number() % every != 0 || step.number() == step.count()) {
            return;
        }
        for (int i = 0; i < step.images(); i++) {
            Path preview = OutputNames.numbered(files.get(i), String.format(Locale.ROOT, "-step%03d", step.number()));
            PictureFile.write(Picture.fromImage(step.preview(i)), "", preview);
        }
    }
}
