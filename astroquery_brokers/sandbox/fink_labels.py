# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The labels by which Fink's ZTF server searches (``/api/v1/classes``), after release 3.5.0 of 2026-06."""

__all__ = ["CLASSES", "FINK", "SIMBAD", "TNS"]

FINK = ("(CTA) Blazar high state", "(CTA) Blazar low state", "Ambiguous", "Early SN Ia candidate",
        "Kilonova candidate", "Microlensing candidate", "SLSN candidate", "SN candidate", "Solar System MPC",
        "Solar System candidate", "Tracklet")
TNS = tuple(" ".join("""
AGN, Afterglow, CV, FRB, Galaxy, ILRT, Impostor-SN, Kilonova, LBV, LRN, Light-Echo, M dwarf, Nova, Other, QSO, SLSN-I,
SLSN-II, SN, SN I, SN II, SN II-pec, SN IIL, SN IIP, SN IIb, SN IIn, SN IIn-pec, SN Ia, SN Ia-91T-like, SN
Ia-91bg-like, SN Ia-CSM, SN Ia-pec, SN Iax[02cx-like], SN Ib, SN Ib-Ca-rich, SN Ib-pec, SN Ib/c, SN Ibn, SN Ic, SN
Ic-BL, SN Ic-pec, SN Icn, TDE, Varstar
""".split()).split(", "))
# Old and new names of types together.
SIMBAD = tuple("""
** **_Candidate AGB* AGB*_Candidate AGN AGN_Candidate Ae* Ae*_Candidate Assoc* Association BClG BH_Candidate BLLac
BLLac_Candidate BSG*_Candidate BSS_Candidate BYDra BYDraV* Be* Be*_Candidate Blazar Blazar_Candidate Blend Blue
BlueCompG BlueCompactG BlueSG BlueSG* BlueStraggler BrightestCG BrownD* Bubble C* C*_Candidate CV*_Candidate
Candidate_** Candidate_AGB* Candidate_Ae* Candidate_BH Candidate_BSG* Candidate_BSS Candidate_Be* Candidate_C*
Candidate_CV* Candidate_Cepheid Candidate_EB* Candidate_HB* Candidate_HMXB Candidate_Hsd Candidate_LMXB Candidate_LP*
Candidate_Lens Candidate_LensSystem Candidate_Mi* Candidate_NS Candidate_Nova Candidate_OH Candidate_RGB*
Candidate_RRLyr Candidate_RSG* Candidate_S* Candidate_SG* Candidate_SN* Candidate_Symb* Candidate_TTau* Candidate_WD*
Candidate_WR* Candidate_XB* Candidate_YSG* Candidate_YSO Candidate_brownD* Candidate_low-mass* Candidate_post-AGB*
CataclyV* Cepheid Cepheid_Candidate ChemPec* Cl* ClG ClG_Candidate ClassicalCep Cloud Cluster* ComGlob Compact_Gr_G
DarkNeb DkNeb EB* EB*_Candidate EclBin EllipVar Em* EmG EmLine* EmObj EmissionG Erupt*RCrB Eruptive* FarIR G_Candidate
GalNeb Galaxy GinCl GinGroup GinPair GlCl GlCl? GlCl_Candidate GlobCluster Globule GrG_Candidate GravLens
GravLensSystem GravWaveEvent Gravitation GroupG GtowardsCl GtowardsGroup HB* HB*_Candidate HH HI HII HIIG HIIReg HII_G
HIshell HMXB HMXB_Candidate HV* HVCld HerbigHaroObj HighMassXBin HighPM* HighVel* HorBranch* HotSubdwarf Hsd_Candidate
IG IR IR<10um IR>30um ISM Inexistent Infrared InteractingG IrregularV* Irregular_V* LINER LMXB LMXB_Candidate
LP*_Candidate LPV* LSB_G LensSystem_Candidate Lens_Candidate LensedG LensedImage LensedQ LensingEv LongPeriodV*
Low-Mass* LowMassXBin LowSurfBrghtG Maser Mi*_Candidate Mira MolCld MouvGroup NS_Candidate NearIR Neutron* Nova
Nova_Candidate OH/IR OH/IR* OH_Candidate OpCl OpenCluster OrionV* Orion_V* Outflow PM* PN PN? PN_Candidate PairG
PartofCloud PartofG Pec* Planet Planet? Planet_Candidate PlanetaryNeb Possible_ClG Possible_G Possible_GrG
Possible_SClG Possible_lensImage PulsV* PulsV*RVTau PulsV*WVir PulsV*bCep PulsV*delSct Pulsar QSO QSO_Candidate RCrBV*
RCrB_Candidate RGB* RGB*_Candidate RRLyr RRLyr_Candidate RRLyrae RSCVn RSCVnV* RSG*_Candidate RVTauV* Radio Radio(cm)
Radio(m) Radio(mm) Radio(sub-mm) RadioG RedSG RedSG* RefNeb Region RfNeb RotV* RotV*alf2CVn S* S*_Candidate SB*
SClG_Candidate SFregion SG* SG*_Candidate SN SN*_Candidate SNR SNR? SNR_Candidate SNRemnant SXPheV* Seyfert Seyfert1
Seyfert2 Seyfert_1 Seyfert_2 Star StarFormingReg StarburstG Stream Stream* SuperClG Supergiant Supernova
Symb*_Candidate Symbiotic* TTau* TTau*_Candidate TTauri* Transient Type2Cep ULX ULX? ULX_Candidate UV V* V*?
V*_Candidate Variable* Void WD* WD*_Candidate WR* WR*_Candidate WhiteDwarf WolfRayet* X XB XB*_Candidate XrayBin
YSG*_Candidate YSO YSO_Candidate YellowSG YellowSG* alf2CVnV* bCepV* blue brownD* brownD*_Candidate cmRad delSctV*
deltaCep denseCore gamma gammaBurst gammaDor gammaDorV* lensImage_Candidate low-mass* low-mass*_Candidate metricRad
mmRad multiple_object outflow? outflow_Candidate post-AGB* post-AGB*_Candidate pulsV*SX radioBurst smmRad
""".split())
CLASSES = {"Fink classifiers": list(FINK), "Cross-match with TNS": [f"(TNS) {name}" for name in TNS],
           "Cross-match with SIMBAD (see http://simbad.u-strasbg.fr/simbad/sim-display?data=otypes)": [
               f"(SIMBAD) {name}" for name in SIMBAD]}
