package stablediffusion.cli.output;

import stablediffusion.GenerationListener;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Phase;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Writes the image that the denoising predicts, every few steps, beside the final image. */
public record Previews(int every, GenerationListener display, Path file) implements GenerationListener {

    /**
     * Adds previews to a display.
     *
     * @param steps from one preview to the next; empty: none are written
     */
    public static GenerationListener every(Optional<Integer> steps, GenerationListener display, Path file) {
        return steps.<GenerationListener>map(every -> new Previews(every, display, file)).orElse(display);
    }

    @Override
    public void phase(Phase phase) {
        display.phase(phase);
    }

    @Override
    public void note(String message) {
        display.note(message);
    }

    @Override
    public void step(Step step) {
        display.step(step);
        if (step.number() % every == 0 && step.number() < step.count()) {
            Path preview = OutputNames.numbered(file, String.format(Locale.ROOT, "-step%03d", step.number()));
            PictureFile.write(Picture.fromImage(step.preview()), "", preview);
        }
    }

    @Override
    public boolean cancelled() {
        return display.cancelled();
    }
}
