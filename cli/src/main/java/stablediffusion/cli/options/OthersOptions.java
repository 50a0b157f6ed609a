package stablediffusion.cli.options;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Options of the original scripts and of stable-diffusion.cpp that mean nothing here. They are accepted with a word on each. */
public final class OthersOptions {
    @Option(names = {"-v", "--verbose"}, hidden = true)
    private boolean verbose;

    @Option(names = {"-M", "--mode"}, hidden = true)
    private Optional<String> mode = Optional.empty();

    @Option(names = "--type", hidden = true)
    private Optional<String> type = Optional.empty();

    @Option(names = "--color", hidden = true)
    private boolean color;

    @Option(names = "--skip_grid", hidden = true)
    private boolean skipGrid;

    @Option(names = "--skip_save", hidden = true)
    private boolean skipSave;

    @Option(names = "--fixed_code", hidden = true)
    private boolean fixedCode;

    @Option(names = "--n_rows", hidden = true)
    private Optional<Integer> rows = Optional.empty();

    /** Returns a note on each option that was given. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        add(notes, verbose, "--verbose changes nothing: all that is known is printed");
        add(notes, mode.isPresent(), "--mode changes nothing: --init-img makes an image from an image");
        add(notes, type.isPresent(), "--type changes nothing: --precision of this command and of 'sd convert' set the precision");
        add(notes, color, "--color changes nothing");
        add(notes, skipGrid, "--skip_grid changes nothing: a contact sheet is made with --grid only");
        add(notes, skipSave, "--skip_save changes nothing: images are always written");
        add(notes, fixedCode, "--fixed_code changes nothing: the seed, and with it the noise, differs from image to image");
        add(notes, rows.isPresent(), "--n_rows changes nothing: a contact sheet has as many rows as columns, or a row for each prompt");
        return notes;
    }

    private static void add(List<String> notes, boolean given, String note) {
        if (given) {
            notes.add(note);
        }
    }
}
