package stablediffusion.model.pipeline;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Chooses what is under a mask before it is repainted. The less strength, the more of it is left in the picture. */
public enum MaskFill {
    /** The picture itself. */
    ORIGINAL("original"),
    /** The colours around the mask. */
    SURROUNDINGS("fill"),
    /** The noise of the seed, as the latent. */
    NOISE("latent noise"),
    /** A latent of zeros. */
    NOTHING("latent nothing");

    private final String webUiName;

    MaskFill(String webUiName) {
        this.webUiName = webUiName;
    }

    /** Returns its name in lower case, for users: "surroundings". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns its name in the AUTOMATIC1111 web UI, as parameters of pictures have it. */
    public String webUiName() {
        return webUiName;
    }

    /**
     * Finds one by its {@link #label}, in letters of any case.
     *
     * @throws UserException where there is none of this name
     */
    public static MaskFill parse(String name) {
        return Arrays.stream(values())
                .filter(fill -> fill.label().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException("a mask is not filled with '" + name + "': take "
                        + Arrays.stream(values()).map(MaskFill::label).collect(Collectors.joining(", "))));
    }
}
