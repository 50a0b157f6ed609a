package stablediffusion.cli.output;

import stablediffusion.model.Printable;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.PictureFile;

import java.awt.Dimension;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Prints how an image was made, by this program or by another one that writes its parameters as the web UI does. */
public final class ImageInspection {
    private static final Pattern ENDINGS = Pattern.compile(".*\\.(png|jpe?g|gif|bmp|tiff?|webp)");

    private ImageInspection() {}

    /** Returns whether a file's name has the ending of an image. */
    public static boolean isPicture(Path file) {
        return ENDINGS.matcher(file.toString().toLowerCase(Locale.ROOT)).matches();
    }

    public static void print(Path file, PrintWriter out) {
        Dimension size = PictureFile.readSize(file);
        Optional<Parameters> parameters = PictureFile.readParameters(file).map(Parameters::parse);
        out.println(Printable.line(file.toString()) + ": a picture, " + size.width + "x" + size.height);
        if (parameters.isEmpty()) {
            out.println("  it does not say how it was made");
            return;
        }
        line(out, "prompt", parameters.get().prompt());
        line(out, "negative prompt", parameters.get().negativePrompt());
        parameters.get().settings().forEach((name, value) -> line(out, name, value));
        RecreateCommand command = RecreateCommand.of(parameters.get());
        out.println();
        out.println("To make it again:");
        out.println("  " + command.text());
        if (!command.leftOut().isEmpty()) {
            out.println("which leaves out what this program does not know: " + String.join(", ", command.leftOut()));
        }
    }

    private static void line(PrintWriter out, String name, String value) {
        if (!value.isEmpty()) {
            out.printf("  %-20s %s%n", name, Printable.lines(value, " ".repeat(23)));
        }
    }
}
