package stablediffusion.server.http;

/**
 * Limits what one request may ask for.
 *
 * @param bodyBytes size of a request's body
 * @param pixels width times height of a picture to paint
 * @param initialPixels width times height of a picture that is sent
 * @param steps denoising steps of a picture
 * @param images pictures of a request
 * @param promptCharacters length of a prompt
 */
public record Limits(int bodyBytes, int pixels, int initialPixels, int steps, int images, int promptCharacters) {
    /** Suits Stable Diffusion v1 on one GPU. */
    public static final Limits DEFAULT = new Limits(32 << 20, 2048 * 2048, 16 << 20, 200, 64, 20_000);

    /** Returns these limits with another number of pixels. */
    public Limits withPixels(int most) {
        return new Limits(bodyBytes, most, initialPixels, steps, images, promptCharacters);
    }

    /** Returns these limits with another number of steps. */
    public Limits withSteps(int most) {
        return new Limits(bodyBytes, pixels, initialPixels, most, images, promptCharacters);
    }
}
