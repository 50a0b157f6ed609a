/**
 * Generates images with Stable Diffusion v1: {@link stablediffusion.StableDiffusion} opens a model, {@link stablediffusion.GenerationRequest}
 * describes an image, {@link stablediffusion.GeneratedImage} holds it, and a {@link stablediffusion.GenerationListener} follows the work. Of
 * the packages below this one, programs use {@link stablediffusion.model.UserException} and the enumerations that these classes name.
 */
package stablediffusion;
